/**
 * One answer: its prompt is fed, and its tokens come with their text until one of its ends.
 * @module
 */
import type { Handles } from "../backend/backend.ts";
import type { HookedFeed } from "../interp/run/hooked-feed.ts";
import type { KVCache } from "../model/kv-cache.ts";
import type { Model } from "../model/model.ts";
import { eitherSignal } from "../signals.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import type { ChosenToken } from "./chooser.ts";
import type { GeneratedToken } from "./generation.ts";
import type { OnDraft } from "./lookup/lookup-steps.ts";
import type { Choosing, StepOptions } from "./step-options.ts";
import { type Fed, nextOf, stepsAfter } from "./steps.ts";
import { type Ending, type EndTokens, endTokens, type StopOptions } from "./stops.ts";
import { StreamedText } from "./streamed-text.ts";
import type { UsageMeter } from "./usage.ts";

/** What an answer begins with. */
export interface AnswerPrompt<Dev extends Handles> {
  /** Feeds the prompt, or takes it from where it has been fed. */
  feed(signal: AbortSignal): Promise<Fed<Dev>>;
  /** The answer is over, whether it has begun or not. */
  end(): void;
}

/** A prompt that one answer feeds, into a cache of its own or one that is given. */
export function promptAlone<Dev extends Handles>(
  model: Model<Dev>,
  ids: ArrayLike<number>,
  own: {
    readonly cache?: KVCache<Dev>;
    readonly contextLength: number;
    readonly name?: string;
    /** How its tokens are chosen. */
    readonly choosing: Choosing;
    readonly hooked?: HookedFeed<Dev>;
  },
): AnswerPrompt<Dev> {
  let made: KVCache<Dev> | undefined;
  return {
    async feed(signal) {
      const { name, contextLength, hooked } = own;
      if (!own.cache) made = model.createCache({ contextLength });
      const cache = own.cache ?? (made as KVCache<Dev>);
      const reused = cache.length;
      const next = await nextOf(model, { ids, cache, name }, own.choosing, signal, hooked);
      return { cache, next, reused, name, hooked };
    },
    end() {
      made?.dispose();
    },
  };
}

/** How an answer is given. */
export interface AnswerPlan<Dev extends Handles> {
  readonly tokenizer: Tokenizer | undefined;
  readonly prompt: AnswerPrompt<Dev>;
  readonly ends: EndTokens;
  readonly stops: readonly string[];
  /** How tokens are chosen, and how many. */
  readonly choosing: Choosing;
  readonly seed: number | undefined;
  readonly signal?: AbortSignal;
  readonly meter: UsageMeter;
}

/** What all answers to one call, `op`, have in common. */
export function planOf<Dev extends Handles>(
  op: string,
  { config }: Model<Dev>,
  tokenizer: Tokenizer | undefined,
  options: StepOptions & StopOptions & { readonly signal?: AbortSignal },
  stops: readonly string[],
): Omit<AnswerPlan<Dev>, "prompt" | "seed" | "meter"> {
  const { stop: _, stopTokenIds, ignoreEos, signal, seed: __, ...choosing } = options;
  const ends = endTokens(config, tokenizer, { stopTokenIds, ignoreEos });
  return { tokenizer, ends, stops, choosing: { ...choosing, op }, signal };
}

/** The tokens of one answer, with their text. */
export async function* answer<Dev extends Handles>(
  model: Model<Dev>,
  { tokenizer, prompt, ends, stops, choosing, seed, signal: given, meter }: AnswerPlan<Dev>,
  abandoned: AbortSignal,
): AsyncGenerator<GeneratedToken, Ending> {
  const { signal, release } = eitherSignal(given, abandoned);
  try {
    signal.throwIfAborted();
    meter.resume();
    const fed = await prompt.feed(signal);
    meter.prompt(fed.cache.length, fed.reused);
    const streamed = new StreamedText(tokenizer, stops, choosing.minTokens);
    const own = { ...choosing, seed };
    const onDraft = (...counts: Parameters<OnDraft>) => meter.draft(...counts);
    for await (const step of stepsAfter(model, fed, ends, own, signal, onDraft)) {
      const { text, stoppedBy } = streamed.push(step);
      meter.token();
      yield { token: step.token, text, logprob: step.logprob, ...named(step, tokenizer) };
      meter.resume();
      if (stoppedBy !== undefined) return { finishReason: "stop", stopReason: stoppedBy };
      if (step.end) return step.end;
    }
    return { finishReason: "length" };
  } catch (error) {
    if (signal.aborted && Object.is(error, signal.reason)) return { finishReason: "abort" };
    throw error;
  } finally {
    prompt.end();
    release();
  }
}

/** The most probable tokens, with their pieces. */
function named({ topLogprobs }: ChosenToken, tokenizer: Tokenizer | undefined) {
  return (
    topLogprobs && {
      topLogprobs: topLogprobs.map((one) => ({ ...one, piece: pieceOf(one.token, tokenizer) })),
    }
  );
}

/** A model may have ids that its tokenizer has not. */
const pieceOf = (id: number, tokenizer: Tokenizer | undefined): string =>
  tokenizer && id < tokenizer.vocabSize ? tokenizer.piece(id) : "";
