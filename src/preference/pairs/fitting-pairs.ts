/**
 * The preferences of a data set that a model can be taught by: those whose answers are not too long.
 * @module
 */
import { brief } from "../../brief.ts";
import { assertInteger } from "../../check.ts";
import type { GemmaConfig } from "../../config.ts";
import { refusals } from "../../errors.ts";
import { Tokenizer } from "../../tokenizer/tokenizer.ts";
import { eachRow } from "../../tuning/each-row.ts";
import {
  PAIR_NAMES,
  type PairOptions,
  type PreferencePair,
  type PreferenceRow,
  preferencePair,
} from "./preference-pair.ts";

/** How the rows of a data set become pairs. */
export interface FittingPairsOptions extends PairOptions {
  /** Of the model: `gemma.tokenizer`. */
  readonly tokenizer: Tokenizer;
  /**
   * Most tokens of an answer with its prompt. A pair of which either is longer is left out: cut, it would be judged by what it
   * does not say. Default: the positions that the model has.
   */
  readonly maxTokens?: number;
}

/** Pairs, and how many more there were. */
export interface FittingPairs {
  /** In the order of their rows. */
  readonly pairs: readonly PreferencePair[];
  /** Rows with an answer that is longer than `maxTokens`. */
  readonly leftOut: number;
}

/**
 * The pairs of `rows`. BOS and the number of ids are those of the model unless given. Options that are not of pairs are left alone:
 * the caller has looked at them.
 * @param named what the caller and its list are called: `{ op: "dpo", argument: "rows" }`.
 * @throws {ArgumentError} if a row is no preference (it says which), or all are too long.
 */
export function fittingPairs(
  { maxPositionEmbeddings, bosTokenId, vocabSize }: GemmaConfig,
  rows: readonly PreferenceRow[],
  options: FittingPairsOptions,
  { op, argument }: { readonly op: string; readonly argument: string },
): FittingPairs {
  const { tokenizer, maxTokens = maxPositionEmbeddings } = options;
  const refuse = refusals(op);
  if (!(tokenizer instanceof Tokenizer)) {
    const hint = "it is gemma.tokenizer";
    throw refuse.argument("tokenizer", "a Tokenizer", brief(tokenizer), hint);
  }
  assertInteger(op, "maxTokens", maxTokens, { from: 1, to: maxPositionEmbeddings });
  const own = Object.entries(options).filter(
    ([name, value]) => Object.hasOwn(PAIR_NAMES, name) && value !== undefined,
  );
  const chat = { bosTokenId, vocabSize, ...Object.fromEntries(own) };
  const all = eachRow({ op, argument, what: "preferences" }, rows, (row) =>
    preferencePair(row, tokenizer, chat),
  );
  const pairs = all.filter(
    ({ chosen, rejected }) => Math.max(chosen.ids.length, rejected.ids.length) <= maxTokens,
  );
  if (pairs.length > 0) return { pairs, leftOut: all.length - pairs.length };
  const got = all.length === 0 ? "no rows" : `${all.length} that all have a longer one`;
  throw refuse.argument(argument, `pairs of answers of at most ${maxTokens} tokens`, got);
}
