/**
 * GSM8K (Cobbe et al. 2021, arXiv:2110.14168): problems of primary school that take several steps; the number at the end counts. Two rows: the number
 * behind "####", as the shots have it, and the last number anywhere.
 * @module
 */
import type { TaskSpec } from "../../task/spec.ts";

/** Five shots, drawn from the split `train` anew for each problem. */
export const GSM8K: TaskSpec = {
  name: "gsm8k",
  kind: "generate",
  splits: { test: "test", shots: "train" },
  text: "Question: {{question}}\nAnswer:",
  target: "{{answer}}",
  shots: { count: 5 },
  generation: { until: ["Question:", "</s>", "<|im_end|>"] },
  filters: [
    {
      name: "strict-match",
      filters: [{ filter: "regex", pattern: "#### (\\-?[0-9\\.\\,]+)" }, { filter: "takeFirst" }],
    },
    {
      name: "flexible-extract",
      filters: [
        { filter: "regex", select: -1, pattern: "(-?[$0-9.,]{2,})|(-?[0-9]+)" },
        { filter: "takeFirst" },
      ],
    },
  ],
  metrics: [
    {
      metric: "exact_match",
      ignore: {
        ignoreCase: true,
        ignorePunctuation: false,
        regexesToIgnore: [",", "\\$", "(?s).*#### ", "\\.$"],
      },
    },
  ],
  source: {
    dataset: "openai/gsm8k",
    subset: "main",
    fields: ["question", "answer"],
    licence: "MIT",
    paper: "arXiv:2110.14168",
  },
  report: "GSM8K",
  differsFromReport:
    "maj@1, one greedy answer, as here; how many shots is not said. The harness draws 5; Mistral's team asked with 8.",
  version: 3,
};
