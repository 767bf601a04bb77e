/**
 * A rollout: an answer that a policy has drawn to a prompt, with the log-probabilities of its tokens by all who are asked:
 *
 *     sampled     by the sampler, from the distribution that the token was drawn from
 *     logprobs    log π by the trainer: what is differentiated. The same numbers, or something is wrong: `on-policy.ts`
 *     reference   log π_ref
 *
 * @module
 */
import type { TrainingSequence } from "../../training/trains.ts";

/** An answer to a prompt, drawn at temperature 1 with no token left out. */
export interface Rollout extends TrainingSequence {
  /** Which of the prompts, counted from 0. */
  readonly prompt: number;
  /** [T] token ids, prompt and answer, the closing token included if there is one. */
  readonly ids: Int32Array;
  /** How many of them are the prompt's. */
  readonly promptLength: number;
  /** 1 at each token of the answer, the closing one included, else 0: [T]. */
  readonly mask: Float64Array;
  /** The answer as text, without the closing token. */
  readonly text: string;
  /** Whether the answer ended its turn. One that was cut for its length did not. */
  readonly isClosed: boolean;
  /** log p of each token by the sampler, in nats, [T]; 0 in the prompt. */
  readonly sampled: Float64Array;
  /** log π of each token by the model that learns, [T]; 0 in the prompt. */
  readonly logprobs: Float64Array;
  /** log π_ref of each token, [T]; 0 in the prompt. */
  readonly reference: Float64Array;
}

/** A rollout, and how good it was. */
export interface RatedRollout extends Rollout {
  /** r. */
  readonly reward: number;
  /** R = r − β (S − S_ref). */
  readonly shaped: number;
  /** A of each token, [T]; 0 in the prompt. By sequence it is the same number at all tokens of the answer. */
  readonly advantages: Float64Array;
}
