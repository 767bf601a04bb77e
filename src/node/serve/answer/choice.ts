/**
 * One choice of an answer while it is made: the prompt again where it is to be echoed, the tokens as they come, and the end.
 * @module
 */
import type { Gemma } from "../../../gemma.ts";
import { answer, planOf } from "../../../generation/answer.ts";
import { type Next, needsLogits } from "../../../generation/chooser.ts";
import { assertGeneration } from "../../../generation/generate.ts";
import type { Look } from "../../../generation/logits/top-logprobs.ts";
import type { StepOptions } from "../../../generation/step-options.ts";
import type { FinishReason, StopOptions } from "../../../generation/stops.ts";
import { UsageMeter } from "../../../generation/usage.ts";
import type { Slot } from "./slot.ts";

/** How the tokens of one choice are chosen, and what ends it. */
export type ChoiceSampling = Omit<StepOptions, "maxTokens" | "topLogprobs"> & StopOptions;

/** What one choice is made of. */
export interface ChoiceRequest {
  /** Place among the choices of the answer. */
  readonly index: number;
  /** The prompt as the model is fed: with BOS. */
  readonly ids: readonly number[];
  /** How many of `ids` are the client's own, counted from the end: all, or all but a BOS that was put in front. */
  readonly given: number;
  readonly echo: boolean;
  /** Most probable tokens to tell in each place; undefined: no log-probabilities. */
  readonly top: number | undefined;
  readonly maxTokens: number;
  /** How its tokens are chosen. */
  readonly sampling: ChoiceSampling;
}

/** A token of a choice. */
export interface ChoiceToken {
  readonly id: number;
  /** Undefined for the very first token of a text, which nothing predicts, and where nobody asked. */
  readonly look: Look | undefined;
}

/** Part of a choice, in the order of its text. */
export interface ChoicePart {
  readonly index: number;
  /** Tokens of the prompt, or one that was generated. */
  readonly tokens: readonly ChoiceToken[];
  readonly isEcho: boolean;
  /** Text that is certain by now. */
  readonly text: string;
  /** Set with the last part, which has no token: why it is the last. */
  readonly finishReason?: "stop" | "length";
}

/** Makes a choice in a slot. @throws the signal's reason, once it is aborted. */
export async function* makeChoice(
  gemma: Gemma,
  slot: Slot,
  request: ChoiceRequest,
  signal: AbortSignal,
): AsyncGenerator<ChoicePart, void> {
  const { index, ids, echo, top, maxTokens } = request;
  const looksAtPrompt = echo ? top : undefined;
  const isLooked = top !== undefined || needsLogits({ op: "serve", ...request.sampling });
  const feeding = { top: looksAtPrompt, goesOn: maxTokens > 0, needsLogits: isLooked, signal };
  const isFed = maxTokens > 0 || looksAtPrompt !== undefined;
  const next = isFed ? await slot.feed(ids, feeding) : undefined;
  if (echo) yield echoed(gemma, slot, request);
  const made = next && (yield* continued(gemma, slot, request, next, signal));
  signal.throwIfAborted(); // an aborted generation ends like any other
  const finishReason = made === "length" || made === "context" || !made ? "length" : "stop";
  yield { index, tokens: [], isEcho: false, text: "", finishReason };
}

function echoed(gemma: Gemma, slot: Slot, { index, ids, given, top }: ChoiceRequest): ChoicePart {
  const looks = top === undefined ? [] : slot.looks(ids);
  const from = ids.length - given;
  const tokens = ids.slice(from).map((id, i) => ({ id, look: looks[from + i] }));
  return { index, tokens, isEcho: true, text: gemma.decode(ids.slice(from)) };
}

async function* continued(
  gemma: Gemma,
  slot: Slot,
  request: ChoiceRequest,
  next: Next,
  signal: AbortSignal,
): AsyncGenerator<ChoicePart, FinishReason> {
  const { tokenizer } = gemma;
  const { index, ids, top, maxTokens, sampling } = request;
  const { cache, model } = slot;
  const options = { ...sampling, maxTokens, topLogprobs: top, signal };
  const stops = assertGeneration("serve", options, model.config.vocabSize);
  const prompt = { feed: async () => ({ cache, next, reused: 0 }), end() {} };
  const plan = {
    ...planOf("serve", model, tokenizer, options, stops),
    prompt,
    seed: sampling.seed,
    meter: new UsageMeter(),
  };
  const tokens: number[] = [];
  const steps = answer(model, plan, new AbortController().signal);
  try {
    for (;;) {
      const { done, value } = await steps.next();
      if (done) return value.finishReason;
      tokens.push(value.token);
      const { token: id, logprob, text, topLogprobs = [] } = value;
      const look = top === undefined ? undefined : { token: id, logprob, top: topLogprobs };
      yield { index, tokens: [{ id, look }], isEcho: false, text };
    }
  } finally {
    await steps.return({ finishReason: "abort" });
    slot.wasContinued(ids, tokens);
  }
}
