/**
 * PIQA (Bisk et al. 2020, arXiv:1911.11641): which of two ways reaches a goal in the physical world?
 * @module
 */
import type { TaskSpec } from "../../task/spec.ts";

/** Whole solutions are scored. */
export const PIQA: TaskSpec = {
  name: "piqa",
  kind: "choice",
  splits: { test: "validation", shots: "train" },
  text: "Question: {{goal}}\nAnswer:",
  choices: "{{[sol1, sol2]}}",
  target: "label",
  shots: { count: 0, leaveOut: true },
  metrics: [{ metric: "acc" }, { metric: "acc_norm" }],
  source: {
    dataset: "baber/piqa",
    fields: ["goal", "sol1", "sol2", "label"],
    licence: "AFL-3.0",
    paper: "arXiv:1911.11641",
  },
  report: "PIQA",
  differsFromReport: "0 shots as here; acc or acc_norm is not said.",
  version: 1,
};
