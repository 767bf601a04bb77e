/**
 * The files of an exercise: the stub that a learner gets, and the solution.
 * @module
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { refusals } from "../../errors.ts";
import type { Task } from "../../exercises/exercise.ts";
import { exerciseTemplatesPath } from "../../node/exercise-files.ts";

function stubOf({ name }: Task): Promise<string> {
  return readFile(join(exerciseTemplatesPath(), `${name}.js`), "utf8");
}

/** The file that solves it. */
export function solutionOf({ name }: Task): Promise<string> {
  return readFile(join(exerciseTemplatesPath(), "solutions", `${name}.js`), "utf8");
}

/** What a learner's file is: written just now, still the stub, or somebody's work. */
export type FileState = "new" | "untouched" | "written";

/** Writes the stub where there is no file. A file that is there stays as it is, whatever is in it. */
export async function ensureFile(one: Task, file: string): Promise<FileState> {
  const stub = await stubOf(one);
  await mkdir(dirname(file), { recursive: true });
  try {
    await writeFile(file, stub, { flag: "wx" }); // fails where there is one
    return "new";
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EISDIR") throw error;
    const hint = `name a file in it, such as ${join(file, `${one.name}.js`)}`;
    throw refusals("exercise").argument("FILE", "a file", `the folder ${file}`, hint);
  });
  return text.replaceAll("\r\n", "\n").trim() === stub.trim() ? "untouched" : "written";
}
