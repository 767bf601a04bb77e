/**
 * TruthfulQA (Lin et al. 2022, arXiv:2109.07958): questions that people answer wrongly because they have heard it so.
 * @module
 */
import { truthfulMass } from "../../metrics/safety/truthful.ts";
import type { ScoreFunction, TaskDocument, TaskSpec } from "../../task/spec.ts";

/** How much of the probability of all answers lies on true ones. */
export const scoreTruthful: ScoreFunction = ({ mc2_targets }, answers) => {
  const { labels } = mc2_targets as TaskDocument;
  const logprobs = answers.map(({ logprob }) => logprob);
  return { acc: truthfulMass(logprobs, labels as readonly number[]) };
};

/**
 * "mc1": whether the best answer is the most probable. "mc2": the probability of all true ones.
 * @param primer six questions with answers that stand before each: the paper's, in its repository (`QA_PRIMER`). It is written as
 * "Q: ...⏎A: ...", an empty line between them and none at its end.
 */
export function truthfulQa(variant: "mc1" | "mc2", primer: string): TaskSpec {
  const before = primer === "" ? "" : `${primer}\n\n`;
  return {
    name: `truthfulqa_${variant}`,
    kind: "choice",
    splits: { test: "validation" },
    text: ({ question }) => `${before}Q: ${question}\nA:`,
    choices: `{{${variant}_targets.choices}}`,
    target: 0,
    metrics: [{ metric: "acc" }],
    ...(variant === "mc2" && { score: scoreTruthful }),
    source: {
      dataset: "truthfulqa/truthful_qa",
      subset: "multiple_choice",
      fields: ["question", `${variant}_targets.choices`, `${variant}_targets.labels`],
      licence: "Apache-2.0",
      paper: "arXiv:2109.07958",
    },
    report: { safety: "TruthfulQA" },
    differsFromReport: "Which variant is not said.",
    version: variant === "mc1" ? 2 : 3,
  };
}
