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
 * log p(token) under softmax(logits): the model's own, before temperature and filters; −∞ for a masked token.
 * @throws {ArgumentError} if the logits have no softmax, or `token` is none of theirs.
 */
export function logProbability(logits: ArrayLike<number>, token: number): number {
  if (logits?.length === 0) assertLogits("logProbability", logits);
  assertNumbers("logProbability", "logits", logits);
  assertInteger("logProbability", "token", token, { from: 0, to: logits.length - 1 });
  const max = logits[argmax(logits)];
  let sum = 0;
  for (let v = 0; v < logits.length; v++) sum += Math.exp(logits[v] - max);
  if (!(sum >= 1)) assertLogits("logProbability", logits); // the largest alone gives 1
  return logits[token] - max - Math.log(sum);
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
  const hint = "a tensor's numbers are its data";
  throw refusals(op).argument(argument, "a list of numbers", brief(x), hint);
}
