/**
 * Documents as often as they are to stand in the training data.
 *
 * As a source of its own for `mixedBatches` of gemma-reference/training/data, which shuffles it anew each epoch and mixes it with others by
 * the weights of its stages:
 *
 *     mixedBatches({ web, planted: repeated(sequences, repeats) }, { stages: [{ from: 0, weights: { web: 9, planted: 1 } }], steps })
 *
 * Or as rows of one file for `gemma-reference train`: those of a corpus once, those that are planted more often, in an order that is drawn.
 * Behind each other, copies would teach a model that sees windows of the file to copy what it has just read.
 *
 *     repeated(rows, rows.map(({ repeats }) => repeats), { seed: 1 })
 *
 * @module
 */
import { brief } from "../../brief.ts";
import { assertInteger, isList } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { assertOptions } from "../../options.ts";
import { xoshiro128 } from "../../random.ts";
import { shuffledOrder } from "../../training/run/shuffled-batches.ts";

/** Options of {@link repeated}. */
export interface RepeatedOptions {
  /** 32 bits, from which the order follows. Default: the order of the documents, copies behind each other. */
  readonly seed?: number;
}

/**
 * Each of `all` as often as `counts` says.
 * @throws {ArgumentError} unless there is an integer from 0 for each.
 */
export function repeated<T>(
  all: readonly T[],
  counts: readonly number[],
  options: RepeatedOptions = {},
): T[] {
  const op = "repeated";
  assertOptions(op, options, { seed: true });
  const { seed } = options;
  if (seed !== undefined) assertInteger(op, "seed", seed, { from: 0, to: 2 ** 32 - 1 });
  if (!isList(all)) throw refusals(op).argument("all", "a list", brief(all));
  if (!isList(counts) || counts.length !== all.length) {
    const got = isList(counts) ? `${counts.length}` : brief(counts);
    throw refusals(op).argument("counts", `${all.length} integers, one for each`, got);
  }
  for (const [i, count] of counts.entries()) {
    assertInteger(op, `counts[${i}]`, count, { from: 0, as: "an integer from 0" });
  }
  const copies = all.flatMap((one, i) => Array.from({ length: counts[i] }, () => one));
  if (seed === undefined) return copies;
  return Array.from(shuffledOrder(copies.length, xoshiro128(seed)), (i) => copies[i]);
}
