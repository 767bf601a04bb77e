/**
 * The verdict that a judge finds most probable: after its explanation, log p of `[[A]]`, `[[B]]` and `[[C]]` are compared. It
 * takes a judge whose probabilities can be read, and never fails to find a verdict.
 * @module
 */
import { brief } from "../../brief.ts";
import { refusals } from "../../errors.ts";
import type { Verdict } from "../outcome.ts";

/** What is put behind an explanation, in the order of {@link VerdictLogprobs}. */
export const VERDICT_ENDINGS = [" [[A]]", " [[B]]", " [[C]]"] as const;

/** What a verdict begins with: an explanation is cut in front of it. */
export const VERDICT_OPENING = "[[";

/** log p of each ending, natural logarithm. */
export type VerdictLogprobs = readonly [A: number, B: number, tie: number];

/** How probable each verdict is, if it must be one of the three. */
export interface VerdictShares {
  /** Of `[[A]]`. */
  readonly A: number;
  /** Of `[[B]]`. */
  readonly B: number;
  /** Of `[[C]]`. */
  readonly tie: number;
}

/** The ending with the highest log p; of equals the first. */
export function likeliestVerdict(logprobs: VerdictLogprobs): Exclude<Verdict, "error"> {
  assertLogprobs("likeliestVerdict", logprobs);
  const [a, b, tie] = logprobs;
  if (a >= b && a >= tie) return "A";
  return b >= tie ? "B" : "tie";
}

/** softmax(logprobs): the odds between the three. */
export function verdictShares(logprobs: VerdictLogprobs): VerdictShares {
  assertLogprobs("verdictShares", logprobs);
  const most = Math.max(...logprobs);
  const [a, b, tie] = logprobs.map((p) => Math.exp(p - most));
  const sum = a + b + tie;
  return { A: a / sum, B: b / sum, tie: tie / sum };
}

function assertLogprobs(op: string, logprobs: VerdictLogprobs): void {
  const values = Array.from(Object(logprobs) as ArrayLike<unknown>);
  const isRight = values.length === 3 && values.every((p) => typeof p === "number" && p <= 0);
  if (isRight && values.some((p) => p !== Number.NEGATIVE_INFINITY)) return;
  const expected = "three log-probabilities, of [[A]], [[B]] and [[C]]";
  throw refusals(op).argument("logprobs", expected, brief(logprobs));
}
