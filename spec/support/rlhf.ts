/** A small policy, a reward that it learns quickly, and runs of the two. */
import type { RlhfOptions } from "../../src/preference/rlhf/options.ts";
import { type RlhfReport, rlhf } from "../../src/preference/rlhf/rlhf.ts";
import type { RewardOf } from "../../src/preference/rollout/answer.ts";
import type { PromptRow } from "../../src/preference/rollout/prompts.ts";
import type { TrainableModel } from "../../src/training/trainable.ts";
import { SMALL, small, tokenizer } from "./small-model.ts";
import { tales } from "./tales.ts";

export const PROMPTS: readonly PromptRow[] = tales<PromptRow>("prompts-train").slice(0, 6);

const [table] = (await small()).parameters.values();

/** The share of tokens on one side of the space of embeddings. */
export const onOneSide: RewardOf = (answers) =>
  answers.map(({ ids, promptLength }) => sideOf(ids, promptLength));

/** That of the tokens from `from` on. */
export function sideOf(ids: ArrayLike<number>, from: number): number {
  const own = Array.from(ids).slice(from);
  return own.filter((id) => table.data[id * SMALL.hiddenSize] > 0).length / own.length;
}

export const frozen = (): Promise<TrainableModel> => small({ trains: () => false });

/** The reports of a run of three steps, unless it is told otherwise. */
export async function rlhfRun(
  model: TrainableModel,
  options: Partial<RlhfOptions> = {},
): Promise<RlhfReport[]> {
  const reports: RlhfReport[] = [];
  const given = {
    ...{ tokenizer, reward: onOneSide, reference: await frozen(), beta: 0.05 },
    ...{ groupSize: 3, promptsPerStep: 2, maxTokens: 5, learningRate: 1e-2, steps: 3 },
    ...options,
  };
  const learnt = options.schedule ? { ...given, learningRate: undefined } : given;
  for await (const report of rlhf(model, PROMPTS, learnt)) reports.push(report);
  return reports;
}

export const weightsOf = (model: TrainableModel) =>
  [...model.parameters.values()].map(({ data }) => data);
