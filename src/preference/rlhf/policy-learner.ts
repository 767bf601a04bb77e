/**
 * A model that learns from rollouts, as the loop of training sees it (training/run): items are rollouts with their advantages, and
 * the loss is a mean over the answers of a batch of sums over their tokens.
 *
 *     by sequence or token    loss = −mean_i Σ_t A_it log π(y_it)
 *     with a clipped ratio    losses/clipped-ratio.ts: for several updates from the same answers
 *
 * @module
 */
import { refusals } from "../../errors.ts";
import type { TrainableModel } from "../../training/trainable.ts";
import type { Figures, LossScale, Parameter, Trains } from "../../training/trains.ts";
import {
  type ClippedLoss,
  clippedPolicyGradientLoss,
  clippedTokenPolicyGradientLoss,
} from "../losses/clipped-ratio.ts";
import { type TokenLoss, tokenPolicyGradientLoss } from "../losses/policy-gradient.ts";
import type { RatedRollout } from "../rollout/rollout.ts";
import type { Level } from "./baseline.ts";

/** What of a `TrainableModel` a policy has to have. */
export type Policy = Pick<
  TrainableModel,
  "config" | "parameters" | "embedScale" | "zeroGradients" | "logprobs" | "accumulateOf" | "tensors"
>;

/** What is learnt of a rollout. */
export interface PolicyLearnerOptions {
  /** Whether the ratio is that of answers or of tokens. */
  readonly level: Level;
  /** ε of the clipped ratio. Without it there is no ratio. */
  readonly clip?: number;
}

/** Learns from rollouts. */
export class PolicyLearner implements Trains<RatedRollout> {
  /** What learns. */
  readonly model: Policy;
  readonly #options: PolicyLearnerOptions;

  constructor(model: Policy, options: PolicyLearnerOptions) {
    this.model = model;
    this.#options = options;
  }

  /** Those of the model. */
  get parameters(): ReadonlyMap<string, Parameter> {
    return this.model.parameters;
  }

  /** Forgets the gradients. */
  zeroGradients(): void {
    this.model.zeroGradients();
  }

  /** The number of answers: the loss is a mean over them. */
  normalizerOf(batch: readonly RatedRollout[]): number {
    return batch.length;
  }

  /**
   * Adds the gradients of the loss to those of the parameters, answer by answer.
   * @throws {ArgumentError} if a z-loss is asked for, of which a policy gradient has no use.
   */
  async accumulate(
    rollouts: readonly RatedRollout[],
    { normalizer, zLoss = 0 }: LossScale,
  ): Promise<{ readonly losses: readonly number[]; readonly figures?: readonly Figures[] }> {
    if (zLoss !== 0) throw refusals("PolicyLearner").argument("zLoss", "no z-loss", zLoss);
    const losses: number[] = [];
    const figures: { clipped: number }[] = [];
    for (const rollout of rollouts) {
      const found = await this.#learn(rollout, normalizer);
      losses.push(found.loss / normalizer);
      if ("clipped" in found) figures.push({ clipped: found.clipped / normalizer });
    }
    return figures.length > 0 ? { losses, figures } : { losses };
  }

  async #learn(rollout: RatedRollout, normalizer: number): Promise<TokenLoss | ClippedLoss> {
    let found: TokenLoss | ClippedLoss | undefined;
    const gradientOf = ([logprobs]: readonly Float64Array[]) => {
      found = this.#lossOf(rollout, logprobs);
      return found.dLogprobs.map((row) => row.map((slope) => slope / normalizer));
    };
    // Without a ratio the gradient does not depend on them: those of the batch's making save a pass.
    const logprobs = this.#options.clip === undefined ? [rollout.logprobs] : undefined;
    const now = await this.model.accumulateOf([rollout], gradientOf, { logprobs });
    return logprobs ? this.#lossOf(rollout, now[0]) : (found as ClippedLoss);
  }

  #lossOf(
    { mask, advantages, logprobs: old, promptLength }: RatedRollout,
    logprobs: Float64Array,
  ): TokenLoss | ClippedLoss {
    const { level, clip } = this.#options;
    // By sequence, too: A is the same at all tokens, and Σ_t A log π is A S.
    if (clip === undefined) return tokenPolicyGradientLoss([logprobs], [mask], [advantages]);
    if (level === "token") {
      return clippedTokenPolicyGradientLoss([logprobs], [old], [mask], [advantages], { clip });
    }
    const A = [advantages[promptLength]];
    return clippedPolicyGradientLoss([logprobs], [old], [mask], A, { clip });
  }
}
