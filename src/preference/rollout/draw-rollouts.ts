/**
 * Rollouts of a step: answers drawn, then read by the model that learns and by the reference.
 * @module
 */
import { refusals } from "../../errors.ts";
import type { Continuation } from "../../generation/generate-batch.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import type { TrainingSequence } from "../../training/trains.ts";
import type { ScoredAnswer } from "./answer.ts";
import type { AskedPrompt } from "./prompts.ts";
import type { ScoresTokens } from "./reference.ts";
import type { Rollout } from "./rollout.ts";
import type { DrawAnswers, DrawOptions } from "./sample.ts";

/** Who draws, and who reads. */
export interface RolloutParts {
  /** Draws from the present weights of `policy`. */
  readonly draw: DrawAnswers;
  /** The model that learns. */
  readonly policy: ScoresTokens;
  /** What it is held to. */
  readonly reference: ScoresTokens;
}

const NAMES: OptionNames<DrawOptions> = {
  groupSize: true,
  maxTokens: true,
  seed: true,
  signal: true,
};

/** A prompt, and which one it is. */
export interface NumberedPrompt extends AskedPrompt {
  /** Counted from 0. */
  readonly index: number;
}

/**
 * `groupSize` rollouts to each prompt: a pure function of the weights, the prompts and the seed, if `draw` is one.
 * @throws {ArgumentError} if `draw` gives another number of answers, or one without a token.
 */
export async function drawRollouts(
  prompts: readonly NumberedPrompt[],
  { draw, policy, reference }: RolloutParts,
  options: DrawOptions,
): Promise<Rollout[]> {
  assertOptions("drawRollouts", options, NAMES);
  const { groupSize, signal } = options;
  const ids = prompts.map((prompt) => prompt.ids);
  const answers = await draw(ids, options);
  assertAnswers(answers, prompts.length * groupSize);
  const read = answers.map((answer, i) => sequenceOf(prompts[Math.floor(i / groupSize)], answer));
  const logprobs = await policy.logprobs(read, { signal });
  const beside = await reference.logprobs(read, { signal });
  return read.map((one, i) => ({
    ...one,
    logprobs: ofAnswer(logprobs[i], one),
    reference: ofAnswer(beside[i], one),
  }));
}

/** What a judge is shown of a rollout to one of `prompts`, all of them. */
export function scoredAnswer(
  { prompt, text, ids, promptLength, isClosed }: Rollout,
  prompts: readonly AskedPrompt[],
): ScoredAnswer {
  return { prompt: prompts[prompt].messages, text, ids, promptLength, isClosed };
}

function sequenceOf(
  { ids: prompt, index }: NumberedPrompt,
  { tokens, logprobs, text, finishReason }: Continuation,
) {
  const promptLength = prompt.length;
  const ids = Int32Array.from([...prompt, ...tokens]);
  const mask = new Float64Array(ids.length).fill(1, promptLength);
  const sampled = new Float64Array(ids.length);
  sampled.set(logprobs, promptLength);
  const isClosed = finishReason === "end_of_turn" || finishReason === "eos";
  return { prompt: index, ids, promptLength, mask, text, isClosed, sampled };
}

/** Numbers of tokens, 0 in the prompt. */
function ofAnswer(values: ArrayLike<number>, { mask }: TrainingSequence): Float64Array {
  return Float64Array.from(mask, (m, t) => (m === 0 ? 0 : values[t]));
}

function assertAnswers(answers: readonly Continuation[], count: number): void {
  const refuse = refusals("drawRollouts").argument;
  if (answers.length !== count) throw refuse("draw", `${count} answers`, answers.length);
  const empty = answers.findIndex(({ tokens }) => tokens.length === 0);
  if (empty >= 0) throw refuse(`draw: answer ${empty}`, "a token at least", "no tokens");
}
