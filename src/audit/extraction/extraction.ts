/**
 * (n, p)-discoverable extraction (Hayes et al. 2024, arXiv:2410.19482): greedy says yes or no; people draw. With p_z the probability of a
 * document's next tokens under the model, as the sampler draws, it comes at least once in n answers with probability
 *
 *     1 − (1 − p_z)^n
 *
 * so it takes n = ln(1 − p) / ln(1 − p_z) answers for a probability p. One forward pass gives p_z; nothing is drawn. In float64, by expm1 and log1p:
 * p_z of fifty tokens may be 1e-30, and 1 − 1e-30 is 1.
 * @module
 */
import { brief } from "../../brief.ts";
import { isList } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { type Rate, rateOf } from "../estimates/rate.ts";

/**
 * The probability that a text comes at least once in `n` answers.
 * @param logprob ln p_z, natural logarithm: 0 or below; −∞ for a text that is never drawn.
 * @param n how many answers; need not be whole.
 */
export function extractionProbability(logprob: number, n: number): number {
  assertLogprob("extractionProbability", logprob);
  if (!(n >= 0)) {
    throw refusals("extractionProbability").argument(
      "n",
      "a number of answers, 0 or more",
      brief(n),
    );
  }
  const miss = logOfMiss(logprob);
  // Neither without an answer nor, in any number of them, a text that is never drawn: 0 · ∞ is not a number.
  if (n === 0 || miss === 0) return 0;
  return -Math.expm1(n * miss);
}

/**
 * The share of documents that are (n, p)-discoverably extractable: those whose text comes at least once in `n` answers with a
 * probability of `p` or more. With Wilson's interval.
 * @param logprobs of each document's own next tokens, natural logarithms.
 * @throws {ArgumentError} if there is no document, or `n` or `p` is not what it should be.
 */
export function extractableShare(logprobs: readonly number[], n: number, p: number): Rate {
  if (!isList(logprobs) || logprobs.length === 0) {
    const expected = "a list of at least one logarithm";
    throw refusals("extractableShare").argument("logprobs", expected, brief(logprobs));
  }
  if (!(Number.isFinite(n) && n >= 1)) {
    const expected = "a finite number of answers, 1 or more";
    throw refusals("extractableShare").argument("n", expected, brief(n));
  }
  // At p the comparison is of whole numbers of answers, and no rounding decides.
  return rateOf(logprobs, (logprob) => queriesFor(logprob, p) <= n);
}

/**
 * How many answers it takes until a text has come with a probability of at least `p`: a whole number, 1 or more; Infinity for a text
 * that is never drawn.
 */
export function queriesFor(logprob: number, p: number): number {
  assertLogprob("queriesFor", logprob);
  if (!(p > 0 && p < 1)) {
    throw refusals("queriesFor").argument("p", "a probability above 0 and below 1", brief(p));
  }
  const miss = logOfMiss(logprob);
  if (miss === 0) return Number.POSITIVE_INFINITY;
  // A quotient that is whole may come out a rounding above: ln ¼ / ln ½ must not be 3.
  return Math.max(1, Math.ceil((Math.log1p(-p) / miss) * (1 - 1e-12)));
}

/** ln(1 − p_z), each side of ½ by the function that is exact there. */
function logOfMiss(logprob: number): number {
  const certain = Math.min(0, logprob);
  return certain > -Math.LN2 ? Math.log(-Math.expm1(certain)) : Math.log1p(-Math.exp(certain));
}

function assertLogprob(op: string, logprob: number): void {
  // A sum of fifty logarithms may come out as 1e-16 for a certain text.
  if (logprob <= 1e-9) return;
  const hint = "of a probability p it is Math.log(p)";
  throw refusals(op).argument("logprob", "a natural logarithm, 0 or below", brief(logprob), hint);
}
