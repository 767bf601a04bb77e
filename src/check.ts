/**
 * Checks that several rooms make.
 * @module
 */
import { brief } from "./brief.ts";
import { refusals } from "./errors.ts";

/** The integers from `from` to `to`, both included. */
export interface IntegerRange {
  readonly from: number;
  /** Default: there is no end. */
  readonly to?: number;
  /** What a message calls them. Default: the range in numbers. */
  readonly as?: string;
}

export const INTEGER: IntegerRange = { from: Number.MIN_SAFE_INTEGER, as: "an integer" };

export const POSITIVE: IntegerRange = { from: 1, as: "a positive integer" };

/** @throws {ArgumentError} unless `value` is an integer in the range. */
export function assertInteger(
  op: string,
  argument: string,
  value: number,
  { from, to, as }: IntegerRange,
): void {
  if (Number.isInteger(value) && value >= from && value <= (to ?? value)) return;
  const range =
    to === undefined ? `an integer, ${from} or more` : `an integer from ${from} to ${to}`;
  throw refusals(op).argument(argument, as ?? range, brief(value));
}

/** @throws {ArgumentError} unless `value` is a number, and finite. */
export function assertFinite(op: string, argument: string, value: number): void {
  if (Number.isFinite(value)) return;
  throw refusals(op).argument(argument, "a finite number", brief(value));
}

/** Whether `value` is a list in the sense of JavaScript: it has a length, and is no text. */
export function isList(value: unknown): value is ArrayLike<unknown> {
  return (
    typeof value === "object" && Number.isInteger((value as ArrayLike<unknown> | null)?.length)
  );
}

/** @throws {ArgumentError} unless `ids` are a list, and every one is an id of a vocabulary of `size`. */
export function assertIdsBelow(
  op: string,
  ids: ArrayLike<number>,
  size: number,
  argument = "ids",
): void {
  if (!isList(ids)) throw refusals(op).argument(argument, "a list of token ids", brief(ids));
  for (let i = 0; i < ids.length; i++) {
    if (Number.isInteger(ids[i]) && ids[i] >= 0 && ids[i] < size) continue;
    const hint = "the tokenizer and the model may have different vocabularies";
    const expected = `an integer from 0 to ${size - 1}`;
    throw refusals(op).argument(`${argument}[${i}]`, expected, brief(ids[i]), hint);
  }
}

/** @throws {ArgumentError} unless `value` is one of `choices`, or undefined. */
export function assertOneOf(
  op: string,
  argument: string,
  value: unknown,
  choices: readonly string[],
): void {
  if (value === undefined || choices.some((choice) => choice === value)) return;
  throw refusals(op).argument(argument, choices.map(brief).join(" or "), brief(value));
}
