/** Two runs, document by document. The arithmetic has a spec of its own (metrics.spec.ts). */
import { describe, expect, it } from "vitest";
import { compareSamples, comparisonText } from "../../../src/evaluation/report/comparison.ts";
import type { LmEvalSample } from "../../../src/evaluation/results/lm-eval-files.ts";
import { parseLmEvalSamples } from "../../../src/evaluation/results/read.ts";
import { readFixture } from "../../support/goldens.ts";

const samples = (values: readonly number[], hash = "h"): LmEvalSample[] =>
  values.map((acc, i) => ({
    ...{ doc_id: i, doc: {}, target: "", arguments: {}, resps: [], filtered_resps: [] },
    ...{ filter: "none", metrics: ["acc"], acc, doc_hash: `${hash}${i}` },
  }));

describe("a comparison", () => {
  it("is of documents that both have", () => {
    const a = new Map([["t", samples([1, 0, 1, 0, 1])]]);
    const b = new Map([["t", samples([1, 1, 0, 1])]]);
    const [row] = compareSamples(a, b);
    expect(row).toMatchObject({ task: "t", documents: 4, left: 1, first: 0.5, second: 0.75 });
    expect(row.mcnemar).toMatchObject({ firstOnly: 1, secondOnly: 2 });
    expect(compareSamples(a, new Map([["t", samples([1, 1, 0, 1], "other")]]))).toEqual([]);
    expect(compareSamples(a, new Map([["u", samples([1, 1, 0, 1])]]))).toEqual([]);
  });

  it("of the harness's own files passes over what is no number a document", () => {
    const read = (name: string) =>
      parseLmEvalSamples(new TextDecoder().decode(readFixture(`evaluation/samples/${name}.jsonl`)));
    const run = new Map(
      ["tiny_bbq", "tiny_count", "tiny_perplexity", "tiny_last_word"].map((task) => [
        task,
        read(`base.${task}`),
      ]),
    );
    const rows = compareSamples(run, run);
    expect(rows.map(({ task, metric, filter }) => `${task} ${metric} ${filter}`)).toEqual([
      "tiny_bbq acc none",
      "tiny_count exact_match strict-match",
      "tiny_count exact_match flexible-extract",
      "tiny_last_word perplexity none",
      "tiny_last_word acc none",
    ]);
    expect(rows.every(({ difference, error }) => difference === 0 && error === 0)).toBe(true);
    expect(comparisonText(rows)).toContain("exact_match,strict-match");
  });
});
