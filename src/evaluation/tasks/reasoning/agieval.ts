/**
 * AGIEval (Zhong et al. 2023, arXiv:2304.06364): examinations that people sit, its English part: nine sets with choices. (Its problems
 * in mathematics are `AGIEVAL_MATH`.)
 * @module
 */

import { length } from "../../../python/text.ts";
import { firstLargest } from "../../metrics/choice.ts";
import type { ScoreFunction, TaskSpec } from "../../task/spec.ts";

/** Several choices can be right. Lengths are those of the document's `choices`. */
export const scoreAgieval: ScoreFunction = ({ gold, choices }, answers) => {
  const golds = gold as readonly number[];
  const logprobs = answers.map(({ logprob }) => logprob);
  const perCharacter = logprobs.map((p, i) => p / length((choices as readonly string[])[i]));
  const isRight = (scores: readonly number[]) => Number(golds.includes(firstLargest(scores)));
  return { acc: isRight(logprobs), acc_norm: isRight(perCharacter) };
};

/** The sets of the English part that have choices. */
export const AGIEVAL_SETS: readonly string[] = [
  ...["aqua-rat", "gaokao-english", "logiqa-en", "lsat-ar", "lsat-lr", "lsat-rc"],
  ...["sat-en-without-passage", "sat-en", "sat-math"],
];

/** One set. */
export function agieval(set: string): TaskSpec {
  return {
    name: `agieval_${set.replaceAll("-", "_")}`,
    kind: "choice",
    splits: { test: "test", shots: "test" },
    text: "{{query}}",
    choices: "{{choices}}",
    target: "{{gold}}",
    shots: { count: 0, leaveOut: true },
    metrics: [{ metric: "acc" }, { metric: "acc_norm" }],
    score: scoreAgieval,
    source: {
      dataset: `hails/agieval-${set}`,
      fields: ["query", "choices", "gold"],
      licence: "MIT; each examination has its own owner",
      paper: "arXiv:2304.06364",
    },
    report: "AGIEval",
    differsFromReport: "Its English part as here, asked as Mistral's team did, with 3 to 5 shots.",
    version: 1,
  };
}
