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
  throw refusals(op).argument(argument, as ?? range, numberGot(value));
}

/** @throws {ArgumentError} unless `value` is a number, and finite. */
export function assertFinite(op: string, argument: string, value: number): void {
  if (Number.isFinite(value)) return;
  throw refusals(op).argument(argument, "a finite number", numberGot(value));
}

/** As {@link brief}, of what stands in the place of a number: a BigInt says that it is one, as 2n looks like 2. */
export function numberGot(value: unknown): string {
  return typeof value === "bigint"
    ? `${brief(value).replace(/\d+/, "$&n")}, a BigInt`
    : brief(value);
}

/** Whether `value` is a list in the sense of JavaScript: it has a length, and is no text. */
export function isList(value: unknown): value is ArrayLike<unknown> {
  return (
    typeof value === "object" && Number.isInteger((value as ArrayLike<unknown> | null)?.length)
  );
}

/** Whether `value` has its numbers in `data`: a tensor, of whatever library. */
export function isTensor(value: object): boolean {
  return ArrayBuffer.isView((value as { readonly data?: unknown }).data);
}

/** @throws {ArgumentError} unless `ids` are a list, and every one is an id of a vocabulary of `size`. */
export function assertIdsBelow(
  op: string,
  ids: ArrayLike<number>,
  size: number,
  argument = "ids",
): void {
  if (!isList(ids)) {
    throw refusals(op).argument(argument, "a list of token ids", brief(ids), listHint(ids));
  }
  for (let i = 0; i < ids.length; i++) {
    if (Number.isInteger(ids[i]) && ids[i] >= 0 && ids[i] < size) continue;
    const expected = `an integer from 0 to ${size - 1}`;
    const hint = idHint(ids[i], "the tokenizer and the model may have different vocabularies");
    throw refusals(op).argument(`${argument}[${i}]`, expected, numberGot(ids[i]), hint);
  }
}

/**
 * What to say about something that is no token id.
 * @param outOfRange what to say about an integer.
 */
export function idHint(id: unknown, outOfRange: string): string | undefined {
  if (Number.isInteger(id)) return outOfRange;
  if (typeof id === "bigint") return "ids are numbers: Array.from(ids, Number)";
  if (isList(id)) return "give a list of ids, without a batch dimension";
  if (typeof id !== "string") return undefined;
  if (/^\d+$/.test(id)) return "ids are numbers: Array.from(ids, Number)";
  return "encode gives the ids of a text, tokenizer.idOf(piece) that of a piece";
}

/** What to say about something that is no list of ids. */
export function listHint(value: unknown): string | undefined {
  if (typeof value === "number" || typeof value === "bigint") return "put it in [ ]";
  if (typeof value === "string") return "encode gives the ids of a text";
  if (typeof value !== "object" || value === null) return undefined;
  if (isTensor(value)) return "the ids of a tensor: Array.from(tensor.data, Number)";
  if (typeof (value as Partial<Promise<unknown>>).then === "function") return "await it first";
  if (Symbol.asyncIterator in value) return "a generation's text is await generation.text()";
  if (Symbol.iterator in value) return "make a list of it: Array.from(ids)";
  return undefined;
}

/**
 * Refuses arguments beyond those that a call takes: a callback in the last place would never be called.
 * @param surplus what a rest parameter holds.
 * @throws {ArgumentError} if there is any.
 */
export function assertNoMore(
  op: string,
  most: number,
  surplus: readonly unknown[],
  hint?: string,
): void {
  if (surplus.length === 0) return;
  const expected = most === 0 ? "no arguments" : `at most ${most} argument${most === 1 ? "" : "s"}`;
  const said = surplus.some((one) => typeof one === "function") ? NO_CALLBACK : hint;
  throw refusals(op).argument(undefined, expected, most + surplus.length, said);
}

/** What to say where a callback for tokens is given. */
export const NO_CALLBACK = "tokens come one at a time: for await (const { text } of ...)";

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
