/**
 * Answers as plain JSON, and back. Every float64 survives: JSON has the shortest digits that name it.
 * @module
 */

import type { Continued, Likelihood } from "../requests/request.ts";
import type { StoredAnswer } from "./answer-store.ts";

/** An answer as it is stored: −∞, which JSON has not, is null. */
export function stored(answer: { readonly logprobs: Float64Array }): StoredAnswer {
  const logprobs = Array.from(answer.logprobs, (p) => (p === Number.NEGATIVE_INFINITY ? null : p));
  const { logprob: _, ...rest } = answer as { readonly logprob?: number } & typeof answer;
  return { ...rest, logprobs };
}

/** A likelihood of `tokens` that was stored; undefined if it is not what a likelihood looks like. */
export function likelihoodFrom(
  answer: StoredAnswer | undefined,
  tokens: readonly number[],
): Pick<Likelihood, "tokens" | "logprobs" | "logprob" | "isGreedy"> | undefined {
  const logprobs = logprobsFrom(answer);
  if (typeof answer?.isGreedy !== "boolean" || logprobs?.length !== tokens.length) return undefined;
  const logprob = logprobs.reduce((a, b) => a + b, 0);
  return { tokens, logprobs, logprob, isGreedy: answer.isGreedy };
}

/** A continuation that was stored; undefined if it is not what a continuation looks like. */
export function continuedFrom(
  answer: StoredAnswer | undefined,
): Pick<Continued, "text" | "tokens" | "logprobs" | "stoppedBy"> | undefined {
  const logprobs = logprobsFrom(answer);
  const { text, tokens, stoppedBy } = answer ?? {};
  if (typeof text !== "string" || !Array.isArray(tokens) || logprobs?.length !== tokens.length)
    return undefined;
  if (stoppedBy !== null && typeof stoppedBy !== "string" && typeof stoppedBy !== "number")
    return undefined;
  return { text, tokens, logprobs, stoppedBy };
}

function logprobsFrom(answer: StoredAnswer | undefined): Float64Array | undefined {
  const numbers = answer?.logprobs;
  if (!Array.isArray(numbers)) return undefined;
  return Float64Array.from(numbers, (p: number | null) => p ?? Number.NEGATIVE_INFINITY);
}
