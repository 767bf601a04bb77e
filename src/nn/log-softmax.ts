/**
 * Log-probabilities of tokens, and the most probable one.
 *
 *     log softmax(x)[i] = x[i] − max(x) − log Σ_j exp(x[j] − max(x))
 *
 * A logit of −∞ is a mask: exp(−∞) = 0, so the token has probability 0. With NaN, with +∞ or with nothing but −∞
 * there is no softmax: ∞ − ∞ is no number.
 * @module
 */
import { brief } from "../brief.ts";
import { assertInteger, isList, POSITIVE } from "../check.ts";
import { refusals } from "../errors.ts";
import { assertHeld, formatShape, type NdArray } from "../tensor/tensor.ts";

/** Logits of one position: a list, or a row of a tensor, [V]. */
export type LogitRow = ArrayLike<number> | NdArray;

/**
 * The index of the largest value, the lowest of equal ones.
 * @throws {ArgumentError} unless `given` is a list with a number in it, or a tensor [V].
 */
export function argmax(given: LogitRow): number {
  const x = numbersOf("argmax", "x", given);
  assertNumbers("argmax", "x", x);
  let best = 0;
  for (let i = 1; i < x.length; i++) if (x[i] > x[best]) best = i;
  return best;
}

/**
 * log p(token) under softmax(logits): the model's own, before temperature and filters; −∞ for a masked token.
 * @throws {ArgumentError} if the logits have no softmax, or `token` is none of theirs.
 */
export function logProbability(given: LogitRow, token: number): number {
  const logits = numbersOf("logProbability", "logits", given);
  if (logits?.length === 0) assertLogits("logProbability", logits);
  assertNumbers("logProbability", "logits", logits);
  assertInteger("logProbability", "token", token, { from: 0, to: logits.length - 1 });
  // #region surprise
  const max = logits[argmax(logits)];
  let sum = 0;
  for (let v = 0; v < logits.length; v++) sum += Math.exp(logits[v] - max);
  if (!(sum >= 1)) assertLogits("logProbability", logits); // the largest alone gives 1
  return logits[token] - max - Math.log(sum);
  // #endregion
}

/**
 * log p(token) among the `topK` largest logits, renormalised: what top-k sampling at temperature 1 draws it with (of equals the lowest
 * ids are inside).
 *
 *     logits[token] − max − log Σ_{j in the topK} exp(logits[j] − max)
 *
 * −∞ for a token outside.
 * @throws {ArgumentError} if the logits have no softmax, `token` is none of theirs, or `topK` is not a positive integer.
 */
export function logProbabilityAmongTop(given: LogitRow, token: number, topK: number): number {
  const op = "logProbabilityAmongTop";
  const logits = numbersOf(op, "logits", given);
  assertLogits(op, logits);
  assertInteger(op, "token", token, { from: 0, to: logits.length - 1 });
  assertInteger(op, "topK", topK, POSITIVE);
  const own = logits[token];
  let before = 0;
  for (let v = 0; v < logits.length; v++) {
    if (logits[v] > own || (logits[v] === own && v < token)) before++;
    if (before >= topK) return Number.NEGATIVE_INFINITY;
  }
  const largest = largestOf(logits, topK);
  const max = largest[0];
  return own - max - Math.log(largest.reduce((sum, x) => sum + Math.exp(x - max), 0));
}

/** The `count` largest numbers, falling. A vocabulary has a quarter of a million, of which few come near. */
function largestOf(x: ArrayLike<number>, count: number): number[] {
  const largest: number[] = [];
  for (let v = 0; v < x.length; v++) {
    if (largest.length === count && x[v] <= largest[count - 1]) continue;
    let place = largest.length;
    while (place > 0 && largest[place - 1] < x[v]) place--;
    largest.splice(place, 0, x[v]);
    if (largest.length > count) largest.pop();
  }
  return largest;
}

/**
 * The numbers of a row: a list as it is, those of a tensor [V] as a list.
 * @throws {ArgumentError} if it is a tensor of several rows: their `data` would pass for one long row.
 * @throws {ShapeError} if its numbers are not there.
 */
export function numbersOf(op: string, argument: string, x: LogitRow): ArrayLike<number> {
  if (isList(x) || !isTensor(x)) return x as ArrayLike<number>;
  const { data, shape, offset, stride } = x;
  if (shape.length !== 1) {
    const hint = shape.length === 2 ? "take a row: logits.pick(t, null)" : undefined;
    throw refusals(op).argument(
      argument,
      "[V], the logits of one position",
      formatShape(shape),
      hint,
    );
  }
  assertHeld(op, argument, x, data.length, offset, stride);
  if (stride[0] === 1) return data.subarray(offset, offset + shape[0]);
  return Float64Array.from({ length: shape[0] }, (_, v) => data[offset + v * stride[0]]);
}

function isTensor(x: unknown): x is NdArray {
  const { data, shape, stride } = (x ?? {}) as Partial<NdArray>;
  return ArrayBuffer.isView(data) && Array.isArray(shape) && Array.isArray(stride);
}

/** @throws {ArgumentError} unless the logits have a softmax. */
export function assertLogits(op: string, logits: ArrayLike<number>): void {
  if (logits?.length !== 0) assertNumbers(op, "logits", logits);
  const refuse = refusals(op);
  let mayCome = 0;
  for (let v = 0; v < logits.length; v++) {
    if (!(logits[v] < Number.POSITIVE_INFINITY)) {
      const expected = "a number, or -Infinity for a token that must not come";
      throw refuse.argument(`logits[${v}]`, expected, brief(logits[v]));
    }
    if (logits[v] > Number.NEGATIVE_INFINITY) mayCome++;
  }
  if (mayCome > 0) return;
  const got = logits.length === 0 ? "no logits" : "-Infinity for all";
  throw refuse.argument("logits", "a number for at least one token", got);
}

/** Of the numbers only the first is looked at: a vocabulary has a quarter of a million. */
function assertNumbers(op: string, argument: string, x: ArrayLike<number>): void {
  if (isList(x) && typeof x[0] === "number") return;
  throw refusals(op).argument(argument, "a list of numbers, or a tensor [V]", brief(x));
}
