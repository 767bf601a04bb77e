/** The harness's files: read as it wrote them, and written with its keys and hashes. */
import { beforeAll, describe, expect, it } from "vitest";
import { FormatError } from "../../../src/errors.ts";
import type { LmEvalResults, LmEvalSample } from "../../../src/evaluation/results/lm-eval-files.ts";
import {
  metricValue,
  parseLmEvalResults,
  parseLmEvalSamples,
} from "../../../src/evaluation/results/read.ts";
import { lmEvalResults, lmEvalResultsText } from "../../../src/evaluation/results/write-results.ts";
import { lmEvalSampleLines } from "../../../src/evaluation/results/write-samples.ts";
import { evaluate } from "../../../src/evaluation/task/evaluate.ts";
import type { TaskResult } from "../../../src/evaluation/task/result.ts";
import type { Run } from "../../support/evaluation.ts";
import {
  goldenAnswers,
  goldenDocuments,
  goldenOptions,
  goldenRuns,
  goldenTask,
} from "../../support/evaluation-tasks.ts";
import { readFixture } from "../../support/goldens.ts";

const textOf = (path: string) => new TextDecoder().decode(readFixture(`evaluation/${path}`));
const RUNS: readonly Run[] = ["base", "chat"];
const tasksOf = (run: Run) => goldenRuns().flatMap(([one, task]) => (one === run ? [task] : []));

/** Every key of a value, with the way to it; lists and single documents are not entered. */
function keysOf(value: unknown, path = ""): string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [path];
  return Object.entries(value).flatMap(([key, inner]) => keysOf(inner, `${path}/${key}`));
}

/** Keys that say on which machine and by whom a run was made. */
const OWN = /^\/(configs\/\w+\/metadata|config\/model_args)\//;

describe.each(RUNS)("the run %s", (run) => {
  const written = new Map<string, TaskResult>();
  let golden: LmEvalResults;
  let own: LmEvalResults;
  beforeAll(async () => {
    golden = parseLmEvalResults(textOf(`results.${run}.json`), `results.${run}.json`);
    for (const name of tasksOf(run)) {
      const task = goldenTask(name);
      const options = { ...goldenOptions(run, name), bootstrap: 10 };
      const answers = goldenAnswers(run, name);
      written.set(name, await evaluate(answers, task, goldenDocuments(task), options));
    }
    own = lmEvalResults([...written.values()], {
      model: run === "base" ? "tiny-stories" : "tiny-stories-it",
      limit: run === "chat" ? 4 : undefined,
      chatTemplate: "gemma",
    });
  });

  it("is read, bare NaN and all", () => {
    expect(Object.keys(golden.results)).toEqual(tasksOf(run));
    const text = textOf(`results.${run}.json`);
    const bare = [...text.matchAll(/: NaN/g)].length;
    const read = Object.values(golden.results).flatMap((figures) => Object.values(figures));
    expect(read.filter((value) => Number.isNaN(value)).length).toBe(bare);
    if (run === "base") expect(bare).toBeGreaterThan(10);
  });

  it("is written with the same keys", () => {
    const keys = (results: LmEvalResults) =>
      keysOf(results)
        .filter((key) => !OWN.test(key))
        .sort();
    expect(keys(own)).toEqual(keys(golden));
  });

  it("is written with the same hashes and all that stands beside the figures", () => {
    for (const key of [
      ...["task_hashes", "n-shot", "n-samples", "higher_is_better", "versions", "group_subtasks"],
      ...["chat_template_sha", "fewshot_as_multiturn", "model_name", "model_name_sanitized"],
    ]) {
      expect(own[key], key).toEqual(golden[key]);
    }
    const settled = (results: LmEvalResults) =>
      Object.values(results.configs).map(({ metadata: _, ...rest }) => rest);
    expect(settled(own)).toEqual(settled(golden));
  });

  it("comes back as it was written, NaN from null", () => {
    expect(parseLmEvalResults(lmEvalResultsText(own))).toEqual(
      JSON.parse(JSON.stringify(own), (key, value) =>
        value === null && key.includes(",") ? Number.NaN : value,
      ),
    );
  });

  it.each(tasksOf(run))("has the samples of %s, read and written", (name) => {
    const file = `samples/${run}.${name}.jsonl`;
    const theirs = parseLmEvalSamples(textOf(file), file);
    const ours = parseLmEvalSamples(lmEvalSampleLines(written.get(name) as TaskResult));
    const order = (a: LmEvalSample, b: LmEvalSample) =>
      a.filter === b.filter ? a.doc_id - b.doc_id : a.filter < b.filter ? -1 : 1;
    expect(ours.length).toBe(theirs.length);
    ours.sort(order);
    theirs.sort(order);
    for (const [i, sample] of ours.entries()) {
      const golden = theirs[i];
      expect(Object.keys(sample)).toEqual(Object.keys(golden));
      const { resps, filtered_resps, ...rest } = sample;
      const likelihoods = (value: unknown) =>
        JSON.stringify(value).replace(/-?\d+\.\d+(e-\d+)?/g, "x");
      expect(likelihoods(resps)).toBe(likelihoods(golden.resps));
      expect(likelihoods(filtered_resps)).toBe(likelihoods(golden.filtered_resps));
      expect(closest(resps, golden.resps)).toBeLessThanOrEqual(1e-12);
      for (const key of Object.keys(rest)) {
        if (!golden.metrics.includes(key)) expect(sample[key], key).toEqual(golden[key]);
        else
          expect(numbers(metricValue(sample, key)).length).toBe(
            numbers(metricValue(golden, key)).length,
          );
      }
    }
  });
});

const numbers = (value: unknown) => [value].flat();

/** The largest relative difference of the numbers in two values. */
function closest(a: unknown, b: unknown): number {
  const all = [a, b].map((value) =>
    [...JSON.stringify(value).matchAll(/"(-?\d+\.\d+(?:e-\d+)?)"/g)].map(([, text]) =>
      Number(text),
    ),
  );
  return Math.max(0, ...all[0].map((x, i) => Math.abs(x - all[1][i]) / Math.max(1, Math.abs(x))));
}

it("a group whose tasks were all run has a row of its own", async () => {
  const names = ["tiny_shots", "tiny_shots_same_split"];
  const results = await Promise.all(
    names.map((name) => {
      const task = goldenTask(name);
      return evaluate(goldenAnswers("base", name), task, goldenDocuments(task));
    }),
  );
  const tasks = results.map(({ task }) => task);
  const group = { name: "both", tasks, weightBySize: true };
  const absent = { name: "absent", tasks: [goldenTask("tiny_bbq")], weightBySize: true };
  const own = lmEvalResults(results, { model: "tiny", groups: [group, absent] });
  expect(own.group_subtasks).toEqual({ both: names });
  expect(Object.keys(own.groups ?? {})).toEqual(["both"]);
  expect(own.groups?.both).toEqual(own.results.both);
  // 7 of 16 and 5 of 10.
  expect(own.results.both).toMatchObject({ alias: "both", sample_len: 26, "acc,none": 12 / 26 });
  expect(parseLmEvalResults(lmEvalResultsText(own)).groups).toEqual(own.groups);
});

describe("a file that is something else", () => {
  it.each([
    ["", "an empty text"],
    ["[1]", "the figures of each task"],
    ['{"results": 1}', "the figures of each task"],
    ['{"results": {"a": 1}}', "results.a"],
    [`{"results": ${"[".repeat(300)}${"]".repeat(300)}}`, "levels"],
    ['{"results": {"a": NaNa}}', "JSON"],
  ])("is refused: %s", (text, said) => {
    expect(() => parseLmEvalResults(text, "file.json")).toThrow(FormatError);
    expect(() => parseLmEvalResults(text, "file.json")).toThrow(said);
  });

  it.each([
    ['{"doc_id": 0.5}', "line 1"],
    ['{"doc_id": 0, "metrics": ["acc"]}', "acc"],
    ['{"doc_id": 0, "metrics": 3}', "metrics"],
    ['\n{"doc_id": 0', "line 2"],
  ])("is refused as samples: %s", (text, said) => {
    expect(() => parseLmEvalSamples(text, "s.jsonl")).toThrow(FormatError);
    expect(() => parseLmEvalSamples(text, "s.jsonl")).toThrow(said);
  });

  it("keeps texts that say NaN, and reads Infinity", () => {
    const text = '{"results": {"NaN": {"a,b": -Infinity, "c": "x NaN \\" NaN", "d": [NaN]}}}';
    expect(parseLmEvalResults(text).results).toEqual({
      NaN: { "a,b": Number.NEGATIVE_INFINITY, c: 'x NaN " NaN', d: [Number.NaN] },
    });
  });

  it("of an old version is read: no list of metrics, no filter", () => {
    const [sample] = parseLmEvalSamples('{"doc_id": 3, "doc": {}, "acc": "True", "acc_norm": 0.0}');
    expect(sample.metrics).toEqual(["acc", "acc_norm"]);
    expect(metricValue(sample, "acc")).toBe(1);
    expect(sample.filter).toBe("none");
  });
});
