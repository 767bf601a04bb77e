/**
 * What is looked at while a policy learns: what it is rewarded, what a second judge says, how far it has gone.
 * @module
 */
import type { RlhfReport } from "../../preference/rlhf/rlhf.ts";
import type { CurveView, Figure, RunView } from "../../training/report/view.ts";

type RlhfFigure = Figure<RlhfReport>;

const reward: RlhfFigure = { name: "reward", value: (report) => report.reward, digits: 3 };
const shaped: RlhfFigure = {
  name: "R",
  head: "reward − β KL",
  value: (report) => report.shaped,
  digits: 3,
};
const kl: RlhfFigure = { name: "KL", value: (report) => report.k1, digits: 3 };
const MORE: readonly RlhfFigure[] = [
  { name: "closed", value: ({ closed }) => closed, digits: 2 },
  { name: "distinct", value: ({ distinct }) => distinct, digits: 2 },
  { name: "length", value: ({ length }) => length, digits: 1 },
  { name: "entropy", value: ({ entropy }) => entropy, digits: 3 },
  { name: "clipped", value: ({ clipped }) => clipped, digits: 2 },
];

const KL: CurveView<RlhfReport> = {
  title: "KL",
  line: kl,
  legend: "mean of log π − log π of the reference",
  text: "How far the policy has gone from the model that it began with, in nats an answer. Below 0 by more than chance it would be a fault.",
};

/** @param judge what the second judge's score is called; undefined if there is none. */
export function rlhfView(judge: string | undefined): RunView<RlhfReport> {
  const second: RlhfFigure | undefined =
    judge === undefined ? undefined : { name: judge, value: (report) => report.judge, digits: 3 };
  const beside = second && {
    ...second,
    legend: `${second.name}: the second judge, from whom nothing is learnt`,
  };
  const text =
    "Mean over the answers of a step. Where the reward rises and a second judge's score falls, the policy has found what the reward got wrong.";
  return {
    curves: [
      {
        title: "Reward",
        line: reward,
        legend: "what is learnt from",
        text,
        ...(beside && { beside }),
      },
      KL,
    ],
    figures: [reward, ...(second ? [second] : []), kl, shaped, ...MORE],
    counted: "answers",
    warnings: ({ warnings }) => warnings,
  };
}
