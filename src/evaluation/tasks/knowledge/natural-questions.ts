/**
 * Natural Questions, open (Lee et al. 2019, arXiv:1906.00300): questions asked of a search engine, answered without a text to read.
 * @module
 */
import type { TaskSpec } from "../../task/spec.ts";

/** Articles do not count: "the otter" is "otter". */
export const NATURAL_QUESTIONS: TaskSpec = {
  name: "nq_open",
  kind: "generate",
  splits: { test: "validation", shots: "train" },
  description: "Answer these questions:\n\n",
  text: "Q: {{question}}?\nA:",
  target: "{{answer}}",
  separator: "\n",
  shots: { count: 5, leaveOut: true },
  generation: { until: ["\n", ".", ","] },
  filters: [
    {
      name: "remove_whitespace",
      filters: [{ filter: "removeWhitespace" }, { filter: "takeFirst" }],
    },
  ],
  metrics: [
    {
      metric: "exact_match",
      ignore: {
        ignoreCase: true,
        ignorePunctuation: true,
        regexesToIgnore: ["\\b(?:The |the |An |A |The |a |an )"],
      },
    },
  ],
  source: {
    dataset: "google-research-datasets/nq_open",
    fields: ["question", "answer"],
    licence: "CC BY-SA 3.0",
    paper: "arXiv:1906.00300",
  },
  report: "NQ",
  differsFromReport: "5 shots as here; the harness's own default is 0.",
  version: 4,
};
