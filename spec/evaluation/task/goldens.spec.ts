/** The synthetic tasks, against what the real harness made of them. */
import { describe, expect, it } from "vitest";
import { evaluate } from "../../../src/evaluation/task/evaluate.ts";
import type { TaskRequest } from "../../../src/evaluation/task/result.ts";
import { pythonStr } from "../../../src/python/literal.ts";
import { goldenLines } from "../../support/evaluation.ts";
import {
  type GoldenSample,
  goldenAnswers,
  goldenDocuments,
  goldenOptions,
  goldenResults,
  goldenRuns,
  goldenTask,
} from "../../support/evaluation-tasks.ts";

/** Sums of at most a hundred numbers of one size: measured are 0 to 2e-15. */
const FIGURE = 1e-12;

/** Numbers that Python has written, and what it has no number for. */
const asNumber = (value: unknown) => (value === "NaN" ? Number.NaN : Number(value));

function closeTo(own: number, golden: number) {
  if (Number.isNaN(golden)) return expect(own).toBeNaN();
  return expect(Math.abs(own - golden)).toBeLessThanOrEqual(FIGURE * Math.max(1, Math.abs(golden)));
}

/** The requests as a sample file has them. */
function asArguments(requests: readonly TaskRequest[]) {
  return requests.map((request) => {
    if ("text" in request) return [request.text];
    if ("continuation" in request) return [request.context, request.continuation];
    return [request.context];
  });
}

describe.each(goldenRuns())("%s: %s", (run, name) => {
  const run_ = async () => {
    const task = goldenTask(name);
    const options = goldenOptions(run, name);
    return evaluate(goldenAnswers(run, name), task, goldenDocuments(task), options);
  };

  it("asks and scores as the harness does", async () => {
    const { samples, hash } = await run_();
    const goldens = goldenLines<GoldenSample>(`samples/${run}.${name}.jsonl`);
    expect(samples.length).toBe(goldens.length);
    const key = (one: { filter: string }, id: number) => `${one.filter} ${id}`;
    const byKey = new Map(goldens.map((golden) => [key(golden, golden.doc_id), golden]));
    for (const sample of samples) {
      const golden = byKey.get(key(sample, sample.id));
      if (!golden) throw new Error("no such sample");
      const asked = Object.values(golden.arguments).map(({ arg_0, arg_1 }) =>
        typeof arg_1 === "string" ? [arg_0, arg_1] : [arg_0],
      );
      expect(asArguments(sample.requests)).toEqual(asked);
      expect(sample.document).toEqual(golden.doc);
      expect(pythonStr(sample.target)).toBe(golden.target);
      expect(sample.hashes).toEqual({
        document: golden.doc_hash,
        prompt: golden.prompt_hash,
        target: golden.target_hash,
      });
      expect(Object.keys(sample.metrics)).toEqual(golden.metrics);
      for (const [metric, value] of Object.entries(sample.metrics)) {
        const own = [value].flat();
        const theirs = [golden[metric]].flat();
        expect(own.length).toBe(theirs.length);
        own.forEach((one, i) => {
          // Booleans of NumPy are texts in the file.
          const text = String(theirs[i]);
          const golden = text === "True" ? 1 : text === "False" ? 0 : theirs[i];
          closeTo(one, golden === null ? Number.NaN : Number(golden));
        });
      }
      if (typeof golden.filtered_resps[0] === "string" && sample.requests.length === 1) {
        const isText = "until" in sample.requests[0];
        if (isText) expect(sample.filtered).toEqual(golden.filtered_resps);
      }
    }
    expect(hash).toBe(goldenResults(run).task_hashes[name]);
  });

  it("gives the harness's figures and standard errors", async () => {
    const { metrics } = await run_();
    const golden = goldenResults(run).results[name];
    const figures = Object.keys(golden).filter((key) => /^(?!.*_stderr).*,/.test(key));
    const own = metrics.map(({ metric, filter }) => `${metric},${filter}`);
    expect(new Set(own)).toEqual(new Set(figures));
    for (const { metric, filter, value, error } of metrics) {
      closeTo(value, asNumber(golden[`${metric},${filter}`]));
      const theirs = golden[`${metric}_stderr,${filter}`];
      if (theirs === "N/A") expect(error).toBeUndefined();
      else closeTo(error ?? Number.NaN, asNumber(theirs));
    }
  });
});
