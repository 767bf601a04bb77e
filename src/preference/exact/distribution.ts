/**
 * Sums over all answers of a policy, kept in logarithms: probabilities of whole answers are beyond float64 after some hundreds
 * of tokens, and e^(r/β) is for a small β.
 * @module
 */
import { refusals } from "../../errors.ts";
import { assertNumbers } from "../losses/check.ts";

/** log Σ e^x, the largest taken out. −∞ of nothing but −∞. */
export function logSumExp(values: ArrayLike<number>): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) most = Math.max(most, values[i]);
  if (most === Number.NEGATIVE_INFINITY) return most;
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += Math.exp(values[i] - most);
  return most + Math.log(sum);
}

/** Σ p x. */
export function expectation(probabilities: ArrayLike<number>, values: ArrayLike<number>): number {
  let sum = 0;
  for (let y = 0; y < probabilities.length; y++) sum += probabilities[y] * values[y];
  return sum;
}

/** How far the probabilities of all answers may be from 1 together: a model in float32 is off by 1e-6. */
const SLACK = 1e-4;

/**
 * The probabilities of all answers, [Y].
 * @param sums log π of each.
 * @throws {ArgumentError} unless they sum to 1: answers are missing, or there twice.
 */
export function probabilitiesOf(
  op: string,
  argument: string,
  sums: ArrayLike<number>,
): Float64Array {
  assertNumbers(op, argument, sums);
  const total = logSumExp(sums);
  if (Math.abs(total) > SLACK) {
    const expected = "log-probabilities of all answers, whose probabilities sum to 1";
    const hint = "enumerateResponses gives all; of samples, use estimateOptimum";
    throw refusals(op).argument(argument, expected, `a sum of ${Math.exp(total)}`, hint);
  }
  return Float64Array.from(sums, (S) => Math.exp(S));
}

/** @throws {ArgumentError} unless β is a number above 0. */
export function assertBeta(op: string, beta: number): void {
  if (Number.isFinite(beta) && beta > 0) return;
  const hint = "without a price of the KL the optimum is the answer with the highest reward";
  throw refusals(op).argument("beta", "a number above 0", beta, hint);
}
