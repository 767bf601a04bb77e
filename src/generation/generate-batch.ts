/**
 * Several prompts continued side by side: every step feeds one token of each in one pass, so that the weights
 * are read once for all of them.
 * @module
 */
import type { Handles } from "../backend/backend.ts";
import { brief } from "../brief.ts";
import { refusals } from "../errors.ts";
import { assertIds } from "../model/check-ids.ts";
import { assertIsModel } from "../model/check-model.ts";
import type { Model } from "../model/model.ts";
import { assertOptions } from "../options.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import {
  assertGeneration,
  assertTokenizer,
  CACHELESS_NAMES,
  type GenerateOptions,
  room,
} from "./generate.ts";
import { chooser, seedOf } from "./steps.ts";
import { assertStopTexts, type Ending, endTokens, type FinishReason } from "./stops.ts";
import { StreamedText } from "./streamed-text.ts";

/** What became of one prompt. */
export interface Continuation {
  /** That `generate` alone would need for the same; undefined if nothing was drawn. */
  readonly seed: number | undefined;
  readonly tokens: readonly number[];
  readonly text: string;
  /** Of each token: see `GeneratedToken.logprob`. */
  readonly logprobs: readonly number[];
  readonly finishReason: FinishReason;
  /** The token or the stop text that ended it, if one did. */
  readonly stopReason?: number | string;
}

/**
 * Continues each of `prompts` (with its BOS). Prompt i gets, to the bit on the reference backend, what `generate`
 * gives it by itself with seed `seed + i`: so one prompt several times gives several samples.
 *
 * @throws {ArgumentError} if an option is out of range, an id is outside the vocabulary, or a prompt is empty or
 * does not fit into the context.
 * @throws the signal's reason.
 */
export async function generateBatch<Dev extends Handles>(
  model: Model<Dev>,
  tokenizer: Tokenizer | undefined,
  prompts: readonly ArrayLike<number>[],
  options: Omit<GenerateOptions, "cache"> = {},
): Promise<Continuation[]> {
  const op = "generateBatch";
  assertIsModel(op, model);
  assertTokenizer(op, tokenizer);
  if (typeof options === "object" && options !== null && "cache" in options) {
    const expected = "no cache: every prompt has its own";
    throw refusals(op).argument("cache", expected, brief(options.cache));
  }
  assertOptions(op, options, CACHELESS_NAMES);
  const stops = assertGeneration(op, options, model.config.vocabSize);
  assertStopTexts(op, stops, tokenizer);
  assertPrompts(op, prompts);
  for (const [i, prompt] of prompts.entries()) assertIds(op, prompt, model.config, `prompts[${i}]`);
  const { signal, stopTokenIds, ignoreEos } = options;
  const seed = seedOf(options);
  const ends = endTokens(model.config, tokenizer, { stopTokenIds, ignoreEos });
  const begin = (ids: ArrayLike<number>, i: number) => {
    const cache = model.createCache({ contextLength: room(model, ids, options) });
    const own = { ...options, seed: seed === undefined ? undefined : (seed + i) % 2 ** 32 };
    const choose = chooser(model, cache, ends, own);
    const streamed = new StreamedText(tokenizer, stops);
    const result = { seed: own.seed, tokens: [] as number[], text: "", logprobs: [] as number[] };
    const sequence = { ids, cache, name: `prompts[${i}]` };
    return { ...sequence, choose, streamed, result, ending: { finishReason: "length" } as Ending };
  };
  const sequences: ReturnType<typeof begin>[] = [];
  try {
    for (const [i, ids] of prompts.entries()) sequences.push(begin(ids, i));
    let going = sequences;
    while (going.length > 0) {
      const logits = await model.forward(going, { signal });
      going = going.filter((sequence, i) => {
        const step = sequence.choose(logits[i].data);
        if (!step) return false;
        const { text, stoppedBy } = sequence.streamed.push(step);
        sequence.result.tokens.push(step.token);
        sequence.result.logprobs.push(step.logprob);
        sequence.result.text += text;
        sequence.ids = [step.token];
        const end: Ending | undefined =
          stoppedBy === undefined ? step.end : { finishReason: "stop", stopReason: stoppedBy };
        if (end) sequence.ending = end;
        return end === undefined;
      });
    }
  } finally {
    for (const { cache } of sequences) cache.dispose();
  }
  return sequences.map(({ result, ending }) => ({ ...result, ...ending }));
}

/** @throws {ArgumentError} unless `prompts` are a list. */
export function assertPrompts(op: string, prompts: readonly unknown[]): void {
  const isIds = Array.isArray(prompts) && typeof prompts[0] === "number";
  if (Array.isArray(prompts) && !isIds) return;
  throw refusals(op).argument("prompts", "a list of prompts", brief(prompts), "put it in [ ]");
}
