/**
 * HellaSwag (Zellers et al. 2019, arXiv:1905.07830): which of four endings does a scene have?
 * @module
 */
import { capitalize } from "../../../python/text.ts";
import { hellaswagText } from "../../filters/hellaswag.ts";
import type { TaskDocument, TaskSpec } from "../../task/spec.ts";

/** Adds `query`, `choices` and `gold`: the texts, cleaned. `ctx_b` begins with a capital, and all its other letters become small. */
export function hellaswagDocument(document: TaskDocument): TaskDocument {
  const { activity_label, ctx_a, ctx_b, endings, label } = document;
  const context = `${ctx_a} ${capitalize(String(ctx_b))}`;
  return {
    ...document,
    query: hellaswagText(`${activity_label}: ${context}`),
    choices: (endings as readonly string[]).map(hellaswagText),
    gold: Number(label),
  };
}

/** Whole endings are scored; their lengths differ, so `acc_norm` does, too. */
export const HELLASWAG: TaskSpec = {
  name: "hellaswag",
  kind: "choice",
  splits: { test: "validation", shots: "train" },
  prepare: hellaswagDocument,
  text: "{{query}}",
  choices: "choices",
  target: "{{label}}",
  shots: { count: 0, leaveOut: true },
  metrics: [{ metric: "acc" }, { metric: "acc_norm" }],
  source: {
    dataset: "Rowan/hellaswag",
    fields: ["activity_label", "ctx_a", "ctx_b", "endings", "label"],
    licence: "MIT",
    paper: "arXiv:1905.07830",
  },
  report: "HellaSwag",
  differsFromReport: "0 shots as here. Papers usually give acc_norm; the report does not say.",
  version: 1,
};
