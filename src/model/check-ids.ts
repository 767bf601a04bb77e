/**
 * What every pass asks of the token ids it is given, before anything is computed.
 * @module
 */
import { brief } from "../brief.ts";
import type { GemmaConfig } from "../config.ts";
import { ArgumentError } from "../errors.ts";
import type { KVCache } from "./kv-cache.ts";

/**
 * @param config whose vocabulary they are of
 * @throws {ArgumentError} unless they are a list, and every id is a row of the embedding.
 */
export function assertIds(
  op: string,
  ids: ArrayLike<number>,
  { vocabSize: V }: Pick<GemmaConfig, "vocabSize">,
): void {
  if (typeof ids !== "object" || !Number.isInteger(ids?.length)) {
    throw new ArgumentError({
      op,
      argument: "ids",
      expected: "a list of token ids",
      got: brief(ids),
      hint: "the methods of Gemma take a text too",
    });
  }
  for (let i = 0; i < ids.length; i++) {
    if (Number.isInteger(ids[i]) && ids[i] >= 0 && ids[i] < V) continue;
    throw new ArgumentError({
      op,
      argument: `ids[${i}]`,
      expected: `an integer from 0 to ${V - 1}`,
      got: brief(ids[i]),
      hint: "the tokenizer and the model may have different vocabularies",
    });
  }
}

/**
 * @param config whose context they are for
 * @throws {ArgumentError} unless `ids`, a whole sequence, fit into the context the model was trained for.
 */
export function assertSequence(
  op: string,
  ids: ArrayLike<number>,
  { maxPositionEmbeddings: limit }: Pick<GemmaConfig, "maxPositionEmbeddings">,
): void {
  const { length } = ids;
  if (length > 0 && length <= limit) return;
  throw new ArgumentError({
    op,
    argument: "ids",
    expected: `1 to ${limit} tokens (max_position_embeddings)`,
    got: `${length}`,
    hint: length === 0 ? NO_IDS : "shorten the text",
  });
}

const NO_IDS = "an empty prompt still has its BOS";

/** @throws {ArgumentError} unless `count` tokens, and at least one, fit into what is left of the cache. */
export function assertRoom(count: number, { length, contextLength }: KVCache): void {
  const room = contextLength - length;
  if (count > 0 && count <= room) return;
  throw new ArgumentError({
    op: "forward",
    argument: "ids",
    expected: `1 to ${room} tokens, what is left of a context of ${contextLength}`,
    got: `${count}`,
    hint: count === 0 ? NO_IDS : "shorten the prompt, or rewind the cache or make a longer one",
  });
}
