/**
 * Who judges answers in the terminal: a reward model in a folder, or the rule of the tales.
 * @module
 */
import { refusals } from "../../errors.ts";
import { openRewardModel } from "../../preference/reward/files.ts";
import type { RewardOf } from "../../preference/rollout/answer.ts";
import { talesRule } from "../../preference/tales/rule.ts";
import type { TrainableOptions } from "../../training/trainable.ts";
import type { Io } from "../io.ts";
import { openSource } from "../open-model.ts";
import { questionOf } from "./prompts.ts";

/** A judge that is open. */
export interface OpenJudge {
  /** What its score is called in a line: `rule`, `judge`. */
  readonly name: string;
  readonly rewardOf: RewardOf;
}

/** The word that stands for the rule. */
export const RULE = "rule";

/** r of the rule of the tales. */
export const ruleOfTales: RewardOf = (answers) =>
  answers.map(({ prompt, text, isClosed }) => talesRule(questionOf(prompt), text, isClosed));

/**
 * Does `work` with the judge that is named, and closes it.
 * @param as what the score of a reward model is called.
 * @param vocabSize of the model that answers: ids mean the same to both.
 */
export async function withJudge<T>(
  named: string,
  as: string,
  { vocabSize, ...options }: Omit<TrainableOptions, "trains"> & { readonly vocabSize: number },
  io: Io,
  work: (judge: OpenJudge) => Promise<T>,
): Promise<T> {
  if (named === RULE) return await work({ name: RULE, rewardOf: ruleOfTales });
  const source = await openSource(named, io, { download: true });
  const { model, checkpoint } = await openRewardModel(source, { ...options, trains: () => false });
  try {
    if (model.config.vocabSize === vocabSize) {
      return await work({ name: as, rewardOf: model.rewardOf() });
    }
    const expected = `the ${vocabSize} tokens of the model that answers`;
    throw refusals("rlhf", named).format(undefined, expected, `${model.config.vocabSize} tokens`);
  } finally {
    await checkpoint.close();
  }
}
