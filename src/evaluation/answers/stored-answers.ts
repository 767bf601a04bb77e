/**
 * Answers as plain JSON, and back. Every float64 survives: JSON has the shortest digits that name it.
 * @module
 */

import type { Continued, Likelihood } from "../requests/request.ts";
import type { StoredAnswer } from "./answer-store.ts";

/** An answer as it is stored: −∞, which JSON has not, is null. */
export function stored(answer: {
  readonly logprobs: readonly number[];
  readonly topLogprobs?: readonly number[];
}): StoredAnswer {
  const {
    logprob: _,
    topLogprobs,
    ...rest
  } = answer as { readonly logprob?: number } & typeof answer;
  const top = topLogprobs && { topLogprobs: finite(topLogprobs) };
  return { ...rest, logprobs: finite(answer.logprobs), ...top };
}

const finite = (numbers: readonly number[]) =>
  Array.from(numbers, (p) => (p === Number.NEGATIVE_INFINITY ? null : p));

/** A likelihood of `tokens` that was stored; undefined if it is not what a likelihood looks like. */
export function likelihoodFrom(
  answer: StoredAnswer | undefined,
  tokens: readonly number[],
  topK?: number,
): Pick<Likelihood, "tokens" | "logprobs" | "topLogprobs" | "logprob" | "isGreedy"> | undefined {
  const logprobs = numbersFrom(answer?.logprobs);
  if (typeof answer?.isGreedy !== "boolean" || logprobs?.length !== tokens.length) return undefined;
  const logprob = logprobs.reduce((a, b) => a + b, 0);
  const found = { tokens, logprobs, logprob, isGreedy: answer.isGreedy };
  if (!topK) return found;
  const topLogprobs = numbersFrom(answer.topLogprobs);
  return topLogprobs?.length === tokens.length ? { ...found, topLogprobs } : undefined;
}

/** A continuation that was stored; undefined if it is not what a continuation looks like. */
export function continuedFrom(
  answer: StoredAnswer | undefined,
): Pick<Continued, "text" | "tokens" | "logprobs" | "stoppedBy"> | undefined {
  const logprobs = numbersFrom(answer?.logprobs);
  const { text, tokens, stoppedBy } = answer ?? {};
  if (typeof text !== "string" || !Array.isArray(tokens) || logprobs?.length !== tokens.length)
    return undefined;
  if (stoppedBy !== null && typeof stoppedBy !== "string" && typeof stoppedBy !== "number")
    return undefined;
  return { text, tokens, logprobs, stoppedBy };
}

function numbersFrom(numbers: unknown): number[] | undefined {
  if (!Array.isArray(numbers)) return undefined;
  return Array.from(numbers, (p: number | null) => p ?? Number.NEGATIVE_INFINITY);
}
