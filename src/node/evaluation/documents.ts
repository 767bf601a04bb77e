/**
 * The documents of a task, from files that the user has brought: a line of JSON each.
 * @module
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { brief } from "../../brief.ts";
import { refusals } from "../../errors.ts";
import { parsePythonJson } from "../../evaluation/results/python-json.ts";
import type { TaskDocument, TaskSpec } from "../../evaluation/task/spec.ts";
import { errorCode, systemError } from "../system-error.ts";

const OP = "readDocuments";

/**
 * The splits that a task needs, by their names. The file of a split is `TASK.SPLIT.jsonl` in `folder`, or `TASK/SPLIT.jsonl`; or the
 * same with `.json`, then a list.
 * @throws {SourceError} naming the files that were looked for and where the data is to be had, if there is none.
 * @throws {FormatError} naming the line that is no JSON object.
 */
export async function readDocuments(
  folder: string,
  task: TaskSpec,
): Promise<Record<string, TaskDocument[]>> {
  const { splits, shots } = task;
  const takesShots = shots !== undefined && shots.count > 0 && shots.fixed === undefined;
  const names = new Set([splits.test, ...(takesShots ? [splits.shots ?? splits.test] : [])]);
  const all: Record<string, TaskDocument[]> = {};
  for (const split of names) all[split] = await readSplit(folder, task, split);
  return all;
}

async function readSplit(folder: string, task: TaskSpec, split: string): Promise<TaskDocument[]> {
  const { name, source } = task;
  const files = [`${name}.${split}`, join(name, split)].flatMap((file) => [
    `${file}.jsonl`,
    `${file}.json`,
  ]);
  for (const file of files) {
    const path = join(folder, file);
    const text = await textIfThere(path);
    if (text !== undefined) return documentsOf(text, path);
  }
  const from = source?.subset ? `${source.dataset} (${source.subset})` : source?.dataset;
  const fields = source && `, with the fields ${source.fields.join(", ")}`;
  const hint = source
    ? `the data is not shipped: write the split ${split} of ${from} there as lines of JSON${fields} (licence: ${source.licence}; docs/evaluation.md shows how)`
    : "write the documents there, a JSON object a line";
  const expected = `the split ${split} of ${name}, in ${files[0]} or ${files[2]}`;
  throw refusals(OP, folder).source(undefined, expected, "no such file", hint);
}

async function textIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR") return undefined;
    throw systemError(refusals(OP, path), "a file of documents", error);
  }
}

function documentsOf(text: string, path: string): TaskDocument[] {
  const isList = text.trimStart().startsWith("[");
  const entries = isList
    ? listOf(parsePythonJson(text, OP, path))
    : text.split("\n").flatMap((line, i): [unknown, string][] => {
        const where = `${path}, line ${i + 1}`;
        return line.trim() === "" ? [] : [[parsePythonJson(line, OP, where), where]];
      });
  return entries.map(([value, where]) => {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return value as TaskDocument;
    }
    throw refusals(OP, where ?? path).format(undefined, "a JSON object", brief(value));
  });
}

function listOf(value: unknown): [unknown, string?][] {
  return (value as unknown[]).map((one) => [one]);
}
