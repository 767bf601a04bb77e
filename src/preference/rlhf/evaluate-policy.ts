/**
 * A policy on prompts that it does not learn from: what the judges say of its answers, and how far it is from the reference. Of
 * the reference itself it gives the rewards that the optimum is estimated from.
 * @module
 */

import { assertFinite, assertInteger, POSITIVE } from "../../check.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { listsInJson } from "../../tensor/json.ts";
import { judgedBy, type ScoredAnswer } from "../rollout/answer.ts";
import { drawRollouts, scoredAnswer } from "../rollout/draw-rollouts.ts";
import {
  askedPrompts,
  PROMPT_NAMES,
  type PromptOptions,
  type PromptRow,
} from "../rollout/prompts.ts";
import { drawsFrom } from "../rollout/sample.ts";
import { shapedOf } from "./baseline.ts";
import { figuresOf, logRatiosOf, type RolloutFigures } from "./figures.ts";
import type { RlhfOptions } from "./options.ts";
import { assertJudging, promptOptions, samplerOf } from "./options.ts";
import type { Policy } from "./policy-learner.ts";

/** Options of {@link evaluatePolicy}: those that `rlhf` has, with its defaults. */
export type EvaluatePolicyOptions = PromptOptions &
  Pick<
    RlhfOptions,
    | "tokenizer"
    | "reward"
    | "reference"
    | "judge"
    | "beta"
    | "groupSize"
    | "maxTokens"
    | "backend"
    | "seed"
    | "signal"
  >;

const NAMES: OptionNames<EvaluatePolicyOptions> = {
  ...PROMPT_NAMES,
  tokenizer: true,
  reward: "function",
  reference: true,
  judge: "function",
  beta: true,
  groupSize: true,
  maxTokens: true,
  backend: true,
  seed: true,
  signal: true,
};

/** What an evaluation gives. */
export interface PolicyEvaluation {
  /** Means over all answers. */
  readonly figures: RolloutFigures;
  /** All answers, those to the first prompt first. */
  readonly answers: readonly ScoredAnswer[];
  /** r of each. */
  readonly rewards: Float64Array;
  /** S − S_ref of each: k1, in nats. */
  readonly logRatios: Float64Array;
  /** What the second judge says of each, if there is one. */
  readonly judged?: Float64Array;
}

const OP = "evaluatePolicy";

/**
 * Draws `groupSize` answers to each prompt, and has them judged. Nothing learns.
 * @throws {ArgumentError} if an option is out of range, or a row is no prompt; it says which.
 */
export async function evaluatePolicy(
  model: Omit<Policy, "zeroGradients" | "accumulateOf">,
  prompts: readonly PromptRow[],
  options: EvaluatePolicyOptions,
): Promise<PolicyEvaluation> {
  assertOptions(OP, options, NAMES);
  assertJudging(OP, options);
  const { tokenizer, reward, reference, judge, signal } = options;
  const { beta = 0.1, groupSize = 4, maxTokens = 48, seed = 0 } = options;
  assertFinite(OP, "beta", beta);
  assertInteger(OP, "groupSize", groupSize, POSITIVE);
  const asked = askedPrompts(prompts, tokenizer, promptOptions(model.config, options), OP);
  const draw = drawsFrom(model, tokenizer, samplerOf(model, options));
  const drawn = await drawRollouts(
    asked.map((prompt, index) => ({ ...prompt, index })),
    { draw, policy: model, reference },
    { groupSize, maxTokens, seed, signal },
  );
  const answers = drawn.map((rollout) => scoredAnswer(rollout, asked));
  const by = (argument: string) => ({ op: OP, argument, signal });
  const rewards = Float64Array.from(await judgedBy(reward, answers, by("reward")));
  const judged = judge && Float64Array.from(await judgedBy(judge, answers, by("judge")));
  const shaped = shapedOf(drawn, rewards, beta);
  const figures = figuresOf(drawn, { rewards, shaped, judged });
  const logRatios = logRatiosOf(drawn);
  return listsInJson({ figures, answers, rewards, logRatios, ...(judged && { judged }) });
}
