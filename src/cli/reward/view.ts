/**
 * What is looked at while a reward model learns.
 * @module
 */
import type { RewardReport } from "../../preference/reward/train-reward.ts";
import type { Figure, RunView } from "../../training/report/view.ts";

const loss: Figure<RewardReport> = { name: "loss", value: (report) => report.loss };
const valid: Figure<RewardReport> = {
  name: "valid",
  head: "validation",
  value: ({ validLoss }) => validLoss,
};
const right: Figure<RewardReport> = {
  name: "right",
  head: "ordered right",
  value: ({ figures }) => figures?.accuracy,
  digits: 3,
};
const validRight: Figure<RewardReport> = {
  name: "valid right",
  head: "validation, ordered right",
  value: ({ validAccuracy }) => validAccuracy,
  digits: 3,
};

/** Bradley–Terry's loss, and how many pairs are ordered as they were labelled. */
export const REWARD_VIEW: RunView<RewardReport> = {
  curves: [
    {
      title: "Loss",
      line: loss,
      legend: "each step, before its update",
      beside: { ...valid, legend: "validation: pairs that are not learnt" },
      text: "Mean of −log σ(r_c − r_r) over the pairs of a batch, in nats. Rewards that know nothing lose log 2, 0.693.",
    },
    {
      title: "Ordered right",
      line: right,
      legend: "each step, before its update",
      beside: { ...validRight, legend: "validation: pairs that are not learnt" },
      text: "Share of pairs whose chosen answer has the higher reward. Where people disagree, nobody reaches 1.",
    },
  ],
  figures: [loss, right, valid, validRight],
  counted: "pairs",
};
