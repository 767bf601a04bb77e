/**
 * Answers as a judge sees them: a reward model, a rule, a person.
 * @module
 */
import type { TuningMessage } from "../../tuning/conversation.ts";
import { assertNumbers } from "../losses/check.ts";

/** An answer that is to be judged. */
export interface ScoredAnswer {
  /** The conversation up to the question. */
  readonly prompt: readonly TuningMessage[];
  /** What was answered, without the closing token. */
  readonly text: string;
  /** [T] token ids, prompt and answer, the closing token included if there is one. */
  readonly ids: ArrayLike<number>;
  /** How many of them are the prompt's. */
  readonly promptLength: number;
  /** Whether the answer ended its turn, and was not cut. */
  readonly isClosed: boolean;
}

/** How judging is stopped. */
export interface JudgeOptions {
  /** Stops it. */
  readonly signal?: AbortSignal;
}

/**
 * r of each answer, [B], finite numbers; whoever judges. A run is the same when it is resumed only if the same answers get the
 * same rewards.
 */
export type RewardOf = (
  answers: readonly ScoredAnswer[],
  options: JudgeOptions,
) => Promise<ArrayLike<number>> | ArrayLike<number>;

/**
 * What `judge` says of `answers`.
 * @throws {ArgumentError} of `op` about `argument` if it is not a finite number for each.
 */
export async function judgedBy(
  judge: RewardOf,
  answers: readonly ScoredAnswer[],
  { op, argument, signal }: JudgeOptions & { readonly op: string; readonly argument: string },
): Promise<ArrayLike<number>> {
  const rewards = await judge(answers, { signal });
  signal?.throwIfAborted();
  assertNumbers(op, argument, rewards, answers.length);
  return rewards;
}
