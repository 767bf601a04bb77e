/**
 * The reference: what the policy may not leave for nothing. Usually a second model, of the weights that the policy began with:
 *
 *     const reference = await TrainableModel.from(checkpoint, { trains: () => false });
 *
 * Where low-rank factors learn, it is there already, and no copy: `loraModel` gives it as `reference`.
 * @module
 */
import type { TrainingSequence } from "../../training/trains.ts";

/** Something that says how probable tokens are, and does not learn. A `TrainableModel` is one. */
export interface ScoresTokens {
  /** log p of each token given those before it, [T] of each sequence, in nats. Where the mask is 0 it may be any number. */
  logprobs(
    sequences: readonly TrainingSequence[],
    options?: { readonly signal?: AbortSignal },
  ): Promise<readonly ArrayLike<number>[]>;
}
