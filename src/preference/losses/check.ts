/**
 * Checks that the losses share. A NaN or a list that is too short would else pass into the weights in silence.
 * @module
 */
import { brief } from "../../brief.ts";
import { assertFinite, isList, numberGot } from "../../check.ts";
import { refusals } from "../../errors.ts";

/** Numbers of a batch, one list a sequence: [B] lists of [T], T may differ. */
export type Ragged = readonly ArrayLike<number>[];

/**
 * @param count how many there have to be. Default: at least one.
 * @throws {ArgumentError} unless `values` is a list of so many finite numbers.
 */
export function assertNumbers(
  op: string,
  argument: string,
  values: ArrayLike<number>,
  count?: number,
): void {
  assertCount(op, argument, values, "numbers", count);
  for (let i = 0; i < values.length; i++) assertFinite(op, `${argument}[${i}]`, values[i]);
}

/**
 * @param count how many lists there have to be. Default: at least one.
 * @throws {ArgumentError} unless `values` is a list of so many lists.
 */
export function assertLists(op: string, argument: string, values: Ragged, count?: number): void {
  assertCount(op, argument, values, "lists", count);
  for (let b = 0; b < values.length; b++) {
    if (isList(values[b])) continue;
    throw refusals(op).argument(`${argument}[${b}]`, "a list of numbers", brief(values[b]));
  }
}

/**
 * Masks are 0 or 1, and each answer has a token: its closing token at the least.
 * @throws {ArgumentError} unless `masks` are such lists.
 */
export function assertMasks(op: string, masks: Ragged): void {
  assertLists(op, "masks", masks);
  const refuse = refusals(op);
  for (let b = 0; b < masks.length; b++) {
    let tokens = 0;
    for (let t = 0; t < masks[b].length; t++) {
      const counts = masks[b][t];
      if (counts !== 0 && counts !== 1) {
        throw refuse.argument(`masks[${b}][${t}]`, "0 or 1", numberGot(counts));
      }
      tokens += counts;
    }
    if (tokens > 0) continue;
    const expected = "a 1 for each token of the answer, the closing one included";
    throw refuse.argument(`masks[${b}]`, expected, "no 1");
  }
}

/**
 * What stands beside the tokens of an answer; what stands elsewhere is not looked at.
 * @param masks checked already.
 * @throws {ArgumentError} unless `values` are as many and as long as `masks`, and finite where those are 1.
 */
export function assertMasked(op: string, argument: string, values: Ragged, masks: Ragged): void {
  assertLists(op, argument, values, masks.length);
  const refuse = refusals(op);
  for (let b = 0; b < masks.length; b++) {
    if (values[b].length !== masks[b].length) {
      const expected = `${masks[b].length} numbers, as many as masks[${b}]`;
      throw refuse.argument(`${argument}[${b}]`, expected, values[b].length);
    }
    for (let t = 0; t < masks[b].length; t++) {
      if (masks[b][t] === 1) assertFinite(op, `${argument}[${b}][${t}]`, values[b][t]);
    }
  }
}

function assertCount(
  op: string,
  argument: string,
  values: ArrayLike<unknown>,
  kind: string,
  count?: number,
): void {
  const fits =
    isList(values) && (count === undefined ? values.length > 0 : values.length === count);
  if (fits) return;
  const expected = count === undefined ? `a list of ${kind}` : `a list of ${count} ${kind}`;
  throw refusals(op).argument(argument, expected, brief(values));
}
