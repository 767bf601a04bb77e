/**
 * BoolQ (Clark et al. 2019, arXiv:1905.10044): yes or no, after a passage that says which.
 * @module
 */
import type { TaskSpec } from "../../task/spec.ts";

/** The words "no" and "yes" are scored. */
export const BOOLQ: TaskSpec = {
  name: "boolq",
  kind: "choice",
  splits: { test: "validation", shots: "train" },
  text: "{{passage}}\nQuestion: {{question}}?\nAnswer:",
  choices: ["no", "yes"],
  target: "label",
  shots: { count: 0, leaveOut: true },
  metrics: [{ metric: "acc" }],
  source: {
    dataset: "aps/super_glue",
    subset: "boolq",
    fields: ["passage", "question", "label"],
    licence: "CC BY-SA 3.0",
    paper: "arXiv:1905.10044",
  },
  report: "BoolQ",
  differsFromReport: "0 shots as here.",
  version: 2,
};
