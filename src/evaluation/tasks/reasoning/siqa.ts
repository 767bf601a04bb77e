/**
 * Social IQa (Sap et al. 2019, arXiv:1904.09728): what people feel, want and do next; three choices.
 * @module
 */
import type { TaskSpec } from "../../task/spec.ts";

/** Whole answers are scored. Labels of the data begin at 1. */
export const SIQA: TaskSpec = {
  name: "social_iqa",
  kind: "choice",
  splits: { test: "validation", shots: "train" },
  text: "Q: {{context}} {{question}}\nA:",
  choices: "{{[answerA, answerB, answerC]}}",
  target: "{{ (label|int) - 1 }}",
  shots: { count: 0, leaveOut: true },
  metrics: [{ metric: "acc" }],
  source: {
    dataset: "lighteval/siqa",
    fields: ["context", "question", "answerA", "answerB", "answerC", "label"],
    licence: "unstated",
    paper: "arXiv:1904.09728",
  },
  report: "SIQA",
  differsFromReport: "0 shots as here.",
  version: 0,
};
