/**
 * What every pass asks of the token ids it is given, before anything is computed.
 * @module
 */
import { brief } from "../brief.ts";
import { assertIdsBelow } from "../check.ts";
import type { GemmaConfig } from "../config.ts";
import { refusals } from "../errors.ts";
import type { KVCache } from "./kv-cache.ts";

const NO_IDS = "an empty prompt still has its BOS";

/**
 * @param config whose vocabulary the ids are of.
 * @throws {ArgumentError} unless they are a list, and every id is a row of the embedding.
 */
export function assertIds(
  op: string,
  ids: ArrayLike<number>,
  { vocabSize: V }: Pick<GemmaConfig, "vocabSize">,
  argument = "ids",
): void {
  if (typeof ids !== "object" || !Number.isInteger(ids?.length)) {
    const hint = "the methods of Gemma take a text too";
    throw refusals(op).argument(argument, "a list of token ids", brief(ids), hint);
  }
  assertIdsBelow(op, ids, V, argument);
}

/**
 * @param config whose context the ids are for.
 * @throws {ArgumentError} unless `ids`, a whole sequence, fit into the context the model was trained for.
 */
export function assertSequence(
  op: string,
  { length }: ArrayLike<number>,
  { maxPositionEmbeddings: limit }: Pick<GemmaConfig, "maxPositionEmbeddings">,
): void {
  if (length > 0 && length <= limit) return;
  const expected = `1 to ${limit} tokens (max_position_embeddings)`;
  throw refusals(op).argument("ids", expected, length, length === 0 ? NO_IDS : "shorten the text");
}

/** @throws {ArgumentError} unless `count` tokens, and at least one, fit into what is left of the cache. */
export function assertRoom(op: string, count: number, { length, contextLength }: KVCache): void {
  const room = contextLength - length;
  if (count > 0 && count <= room) return;
  const expected = `1 to ${room} tokens, what is left of a context of ${contextLength}`;
  const tooLong = "shorten the prompt, or rewind the cache or make a longer one";
  throw refusals(op).argument("ids", expected, count, count === 0 ? NO_IDS : tooLong);
}
