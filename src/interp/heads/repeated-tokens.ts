/**
 * Random tokens that come twice: BOS, r, and r again. A model can tell how the second r goes on only by looking at the
 * first, so that such a text shows heads that look for repeats, and nothing it has learned helps it otherwise.
 * @module
 */
import { assertIdsBelow, assertInteger } from "../../check.ts";
import { eosTokenIds } from "../../config.ts";
import { refusals } from "../../errors.ts";
import type { Model } from "../../model/model.ts";
import { xoshiro128 } from "../../random.ts";

export interface RepeatOptions {
  /** Of the draw, 32 bits. Default 0. */
  readonly seed?: number;
  /** Tokens of r. Default 50, or as many as the context and the vocabulary allow. */
  readonly length?: number;
  /** Ids that may be drawn. Default: all but BOS, the ends, and those that stand for no token. */
  readonly among?: ArrayLike<number>;
}

/** Tokens of r where nothing is said: as many as TransformerLens's demonstrations have. */
const LENGTH = 50;

/**
 * [BOS, …r, …r], the tokens of r all different.
 * @throws {ArgumentError} naming `op`, if there are not so many tokens, or the context is too short for them.
 */
export function repeatedTokens(
  op: string,
  { config, paddingIds }: Pick<Model, "config" | "paddingIds">,
  { seed = 0, length, among }: RepeatOptions = {},
): number[] {
  assertInteger(op, "seed", seed, { from: 0, to: 2 ** 32 - 1 });
  const { vocabSize: V, bosTokenId, padTokenId, maxPositionEmbeddings } = config;
  if (among !== undefined) assertIdsBelow(op, among, V, "among");
  const special = new Set([bosTokenId, padTokenId, ...eosTokenIds(config), ...paddingIds]);
  const all = Array.from(
    new Set(among ? Array.from(among) : Array.from({ length: V }, (_, id) => id)),
  );
  const ids = all.filter((id) => !special.has(id));
  const most = Math.min(ids.length, Math.floor((maxPositionEmbeddings - 1) / 2));
  if (most < 2) {
    const argument = among === undefined ? undefined : "among";
    throw refusals(op).argument(argument, "at least 2 tokens to draw from", ids.length);
  }
  const count = length ?? Math.min(LENGTH, most);
  assertInteger(op, "length", count, { from: 2, to: most });
  const random = xoshiro128(seed);
  // The beginning of a shuffle.
  for (let i = 0; i < count; i++) {
    const other = i + Math.floor(random() * (ids.length - i));
    [ids[i], ids[other]] = [ids[other], ids[i]];
  }
  const r = ids.slice(0, count);
  return [bosTokenId, ...r, ...r];
}
