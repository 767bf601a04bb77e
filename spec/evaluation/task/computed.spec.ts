/** The synthetic tasks, computed by this library and not answered from the goldens: `npm run test:long` computes all of them. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Evaluator } from "../../../src/evaluation/requests/evaluator.ts";
import { evaluate } from "../../../src/evaluation/task/evaluate.ts";
import type { Gemma } from "../../../src/gemma.ts";
import { loadRun, type Run } from "../../support/evaluation.ts";
import {
  goldenDocuments,
  goldenOptions,
  goldenResults,
  goldenRuns,
  goldenTask,
} from "../../support/evaluation-tasks.ts";
import { IS_LONG } from "../../support/fuzz.ts";

/**
 * Of figures about 1 or less absolute, of perplexities relative: they are counts, or made of sums of logarithms in float64, each 1e-13 from
 * Google's. (An error of 6e-7, of shares that are all nearly 1, is known to 4e-17, which is 7e-11 of it.)
 */
const FIGURE = 1e-12;

function closeTo(own: number, golden: number) {
  expect(Math.abs(own - golden) / Math.max(1, Math.abs(golden))).toBeLessThan(FIGURE);
}

const SOME = ["tiny_pairs"];
const runs = goldenRuns().filter(
  ([run, task]) => IS_LONG || (run === "base" && SOME.includes(task)),
);
const models = {} as Record<Run, Gemma>;

beforeAll(async () => {
  for (const run of new Set(runs.map(([one]) => one))) models[run] = await loadRun(run);
});
afterAll(async () => {
  for (const gemma of Object.values(models)) await gemma.dispose();
});

describe.each(runs)("%s: %s", (run, name) => {
  it("has the harness's figures over Google's code", async () => {
    // The goldens' models have 512 positions; the harness cuts from the left.
    const evaluator = new Evaluator(models[run], { truncate: "left" });
    const task = goldenTask(name);
    const options = goldenOptions(run, name);
    const chat = run === "chat" ? { chat: true } : {};
    const { metrics } = await evaluate(evaluator, task, goldenDocuments(task), {
      ...options,
      ...chat,
    });
    const golden = goldenResults(run).results[name];
    for (const { metric, filter, value, error } of metrics) {
      const [figure, stderr] = ["", "_stderr"].map((kind) => golden[`${metric}${kind},${filter}`]);
      if (figure === "NaN") expect(value).toBeNaN();
      else closeTo(value, Number(figure));
      if (stderr === "N/A") expect(error).toBeUndefined();
      else closeTo(error ?? Number.NaN, Number(stderr));
    }
  });
});
