/**
 * Log-probabilities of tokens, and the most probable one.
 *
 *     log softmax(x)[i] = x[i] − max(x) − log Σ_j exp(x[j] − max(x))
 *
 * @module
 */
import { brief } from "../brief.ts";
import { assertInteger, isList } from "../check.ts";
import { refusals } from "../errors.ts";

/**
 * The index of the largest value, the lowest of equal ones.
 * @throws {ArgumentError} unless `x` is a list, with a number in it.
 */
export function argmax(x: ArrayLike<number>): number {
  assertNumbers("argmax", "x", x);
  let best = 0;
  for (let i = 1; i < x.length; i++) if (x[i] > x[best]) best = i;
  return best;
}

/**
 * log p(token) under softmax(logits): the model's own, before temperature and filters.
 * @throws {ArgumentError} unless `logits` are a list of numbers, and `token` is the index of one.
 */
export function logProbability(logits: ArrayLike<number>, token: number): number {
  assertNumbers("logProbability", "logits", logits);
  assertInteger("logProbability", "token", token, { from: 0, to: logits.length - 1 });
  const max = logits[argmax(logits)];
  let sum = 0;
  for (let v = 0; v < logits.length; v++) sum += Math.exp(logits[v] - max);
  return logits[token] - max - Math.log(sum);
}

/** Of the numbers only the first is looked at: a vocabulary has a quarter of a million. */
function assertNumbers(op: string, argument: string, x: ArrayLike<number>): void {
  if (isList(x) && typeof x[0] === "number") return;
  const hint = "a tensor's numbers are its data";
  throw refusals(op).argument(argument, "a list of numbers", brief(x), hint);
}
