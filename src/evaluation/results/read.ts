/**
 * Reads the harness's files, of this version and of those since 2023: what an old one does not have is empty.
 * @module
 */
import { brief } from "../../brief.ts";
import { type Refusals, refusals } from "../../errors.ts";
import type { LmEvalResults, LmEvalSample, LmEvalValue } from "./lm-eval-files.ts";
import { parsePythonJson } from "./python-json.ts";

type Entries = Readonly<Record<string, unknown>>;

const MAPS = [
  ...["results", "group_subtasks", "configs", "versions", "n-shot", "higher_is_better"],
  "n-samples",
] as const;

/** Maps whose values are maps. */
const NESTED: readonly string[] = ["results", "configs", "higher_is_better"];

/**
 * Reads `results_DATE.json`. A bare `NaN` is NaN, and so is null in the place of a figure: JSON has no NaN, and our own files have
 * null for it.
 * @param file what messages call it.
 * @throws {FormatError} if it is no JSON, or not such a file.
 */
export function parseLmEvalResults(text: string, file = "the results"): LmEvalResults {
  const op = "parseLmEvalResults";
  const refuse = refusals(op, file);
  const value = parsePythonJson(text, op, file);
  if (!isMap(value) || !isMap(value.results)) {
    const hint = "give a results_*.json of lm-evaluation-harness, or one that eval has written";
    throw refuse.format("results", "the figures of each task", brief(value), hint);
  }
  const maps = MAPS.map((key) => [key, mapOf(refuse, value, key)]);
  const results = Object.fromEntries(maps) as Record<(typeof MAPS)[number], Entries>;
  const groups = value.groups === undefined ? undefined : mapOf(refuse, value, "groups", true);
  return {
    ...value,
    ...results,
    results: numbersOf(results.results),
    ...(groups && { groups: numbersOf(groups) }),
  } as unknown as LmEvalResults;
}

function mapOf(refuse: Refusals, from: Entries, key: string, isNested = NESTED.includes(key)) {
  const value = from[key] ?? {};
  if (!isMap(value)) throw refuse.format(key, "an object", brief(value));
  if (!isNested) return value;
  for (const [name, inner] of Object.entries(value)) {
    if (!isMap(inner)) throw refuse.format(`${key}.${name}`, "an object", brief(inner));
  }
  return value;
}

/** Figures that are null are NaN. */
function numbersOf(tasks: Entries): Entries {
  return Object.fromEntries(
    Object.entries(tasks).map(([task, figures]) => [
      task,
      Object.fromEntries(
        Object.entries(figures as Entries).map(([key, value]) => [
          key,
          value === null && key.includes(",") ? Number.NaN : value,
        ]),
      ),
    ]),
  );
}

/**
 * Reads `samples_TASK_DATE.jsonl`.
 * @param file what messages call it.
 * @throws {FormatError} naming the line, if it is no JSON or not such a sample.
 */
export function parseLmEvalSamples(text: string, file = "the samples"): LmEvalSample[] {
  const op = "parseLmEvalSamples";
  return text.split("\n").flatMap((line, i) => {
    if (line.trim() === "") return [];
    const where = `${file}, line ${i + 1}`;
    const value = parsePythonJson(line, op, where);
    const refuse = refusals(op, where);
    if (!isMap(value)) throw refuse.format(undefined, "a sample", brief(value));
    if (!Number.isInteger(value.doc_id)) {
      throw refuse.format("doc_id", "an integer", brief(value.doc_id), "is it a file of samples?");
    }
    const { filter = "none" } = value;
    if (typeof filter !== "string") throw refuse.format("filter", "a text", brief(filter));
    // Files from before 2024 do not list them.
    const metrics = value.metrics ?? Object.keys(value).filter((key) => !KEYS.includes(key));
    if (!isTexts(metrics)) throw refuse.format("metrics", "names", brief(metrics));
    const missing = metrics.find((name) => value[name] === undefined);
    if (missing !== undefined) throw refuse.format(missing, "the value of a metric", "nothing");
    return [{ ...value, filter, metrics } as unknown as LmEvalSample];
  });
}

const KEYS: readonly string[] = [
  ...["doc_id", "doc", "target", "arguments", "resps", "filtered_resps", "filter", "metrics"],
  ...["doc_hash", "prompt_hash", "target_hash"],
];

/** The value of a metric; undefined where it is no number and no list of them. NumPy's truth values are texts. */
export function metricValue(sample: LmEvalSample, metric: string): LmEvalValue | undefined {
  const value = sample[metric];
  if (Array.isArray(value)) {
    const all = value.map(numberOf);
    return all.includes(undefined) ? undefined : (all as number[]);
  }
  return numberOf(value);
}

function numberOf(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (value === null) return Number.NaN;
  if (value === true || value === "True") return 1;
  return value === false || value === "False" ? 0 : undefined;
}

function isMap(value: unknown): value is Entries {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}
