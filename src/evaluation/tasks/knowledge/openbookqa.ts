/**
 * OpenBookQA (Mihaylov et al. 2018, arXiv:1809.02789): sentences on elementary science to finish, the fact they need not given.
 * @module
 */
import type { TaskSpec } from "../../task/spec.ts";

/** The sentence stands alone, without "Question:". */
export const OPENBOOKQA: TaskSpec = {
  name: "openbookqa",
  kind: "choice",
  splits: { test: "test", shots: "train" },
  text: "question_stem",
  choices: "{{choices.text}}",
  target: "{{choices.label.index(answerKey.lstrip())}}",
  shots: { count: 0 },
  metrics: [{ metric: "acc" }, { metric: "acc_norm" }],
  source: {
    dataset: "allenai/openbookqa",
    subset: "main",
    fields: ["question_stem", "choices.text", "choices.label", "answerKey"],
    licence: "unknown, says its card",
    paper: "arXiv:1809.02789",
  },
  report: "OBQA",
  differsFromReport: "Neither shots nor metric are said; acc and acc_norm differ much here.",
  version: 1,
};
