/**
 * Documents as often as they are to be repeated: a source for `mixedBatches` of gemma-reference/training/data, which shuffles it anew each epoch and mixes it
 * with others by the weights of its stages.
 *
 *     mixedBatches({ web, planted: repeated(sequences, repeats) }, { stages: [{ from: 0, weights: { web: 9, planted: 1 } }], steps })
 *
 * @module
 */
import { brief } from "../../brief.ts";
import { assertInteger, isList } from "../../check.ts";
import { refusals } from "../../errors.ts";

/**
 * Each of `all` as often as `counts` says, those of one document behind each other.
 * @throws {ArgumentError} unless there is an integer from 0 for each.
 */
export function repeated<T>(all: readonly T[], counts: readonly number[]): T[] {
  const op = "repeated";
  if (!isList(counts) || counts.length !== all.length) {
    const got = isList(counts) ? `${counts.length}` : brief(counts);
    throw refusals(op).argument("counts", `${all.length} integers, one for each`, got);
  }
  for (const [i, count] of counts.entries()) {
    assertInteger(op, `counts[${i}]`, count, { from: 0, as: "an integer from 0" });
  }
  return all.flatMap((one, i) => new Array<T>(counts[i]).fill(one));
}
