/**
 * What is looked at while a model learns from pairs: the loss, and what becomes of both answers.
 * @module
 */

import type { DpoReport } from "../../preference/dpo/dpo.ts";
import type { DpoFigures } from "../../preference/dpo/dpo-learner.ts";
import type { Figure, RunView } from "../../training/report/view.ts";

const loss: Figure<DpoReport> = { name: "loss", value: (report) => report.loss };
const valid: Figure<DpoReport> = {
  name: "valid",
  head: "validation",
  value: ({ validLoss }) => validLoss,
};
const figure = (name: string, key: keyof DpoFigures, head: string): Figure<DpoReport> => ({
  ...{ name, head, digits: 3 },
  value: ({ figures }) => figures[key],
});
const right = figure("right", "accuracy", "ordered right");
const margin = figure("margin", "margin", "margin");
const chosen = figure("chosen", "chosenChange", "chosen, change of log p");
const rejected = figure("rejected", "rejectedChange", "rejected, change of log p");

/** The loss of DPO, how pairs are ordered, and how much more or less probable both answers have become. */
export const DPO_VIEW: RunView<DpoReport> = {
  curves: [
    {
      title: "Loss",
      line: loss,
      legend: "each step, before its update",
      beside: { ...valid, legend: "validation: pairs that are not learnt" },
      text: "Mean of −log σ(margin) over the pairs of a batch, in nats: log 2, 0.693, at the beginning. The margin is β times what the preferred answer gained in log p more than the other.",
    },
    {
      title: "Log-probabilities",
      line: chosen,
      legend: "preferred answers, less what they were at the beginning",
      beside: { ...rejected, legend: "the other answers" },
      text: "Only the distance of the two is learnt. Where both fall, what they lose goes to answers that nobody has judged.",
    },
  ],
  figures: [loss, right, margin, chosen, rejected, valid],
  counted: "pairs",
};
