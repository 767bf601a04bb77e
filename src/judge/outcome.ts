/**
 * What a judge says of two answers, and what it comes to. A judge sees answers A and B; which model wrote which depends on the
 * order. So a verdict is about places, and a winner about models.
 * @module
 */
import { brief } from "../brief.ts";
import { assertInteger } from "../check.ts";
import { refusals } from "../errors.ts";

/** By place: A is shown first. `"error"` is an answer without a verdict. */
export type Verdict = "A" | "B" | "tie" | "error";

/** By model. */
export type Winner = "model_1" | "model_2" | "tie" | "error";

/** Which model's answer is shown first. */
export type Shown = "model_1" | "model_2";

/** Ratings of model_1 against model_2, counted. */
export interface Outcomes {
  /** Won by model_1. */
  readonly win: number;
  /** Equally good. */
  readonly tie: number;
  /** Won by model_2. */
  readonly loss: number;
}

/** A pair of answers as it was judged. */
export interface JudgedPair {
  /**
   * Who won where model_1 was shown first, and where model_2 was. Null where the pair was not shown in that order: with
   * shuffled orders each is shown in one.
   */
  readonly winners: readonly [firstShown1: Winner | null, firstShown2: Winner | null];
  /** The question. Ratings of one question are not independent, so a bootstrap keeps them together. Default: each is another. */
  readonly prompt?: string;
  /** Default: the same two for all pairs. */
  readonly models?: readonly [string, string];
  /** Lengths of the two answers, in whatever unit. */
  readonly lengths?: readonly [number, number];
  /** Which answer is better, if somebody knows: a person, or the one who planted the fault. */
  readonly better?: Exclude<Winner, "error">;
}

/** Who wins if this is the verdict in that order. */
export function winnerOf(verdict: Verdict, shownFirst: Shown): Winner {
  if (verdict === "tie" || verdict === "error") return verdict;
  return (verdict === "A") === (shownFirst === "model_1") ? "model_1" : "model_2";
}

/**
 * What a pair counts as for model_1. Shown in both orders it is won only if both verdicts say so; two different verdicts are a
 * tie (FastChat's `show_result.py`). A pair with an error is left out.
 */
export function outcomeOf({ winners }: Pick<JudgedPair, "winners">): keyof Outcomes | "error" {
  const given = winners.filter((winner) => winner !== null);
  if (given.length === 0 || given.includes("error")) return "error";
  const [one, other = one] = given;
  if (one !== other || one === "tie") return "tie";
  return one === "model_1" ? "win" : "loss";
}

const OTHER = { model_1: "model_2", model_2: "model_1" } as const;

/** The same pair with its models the other way round. */
export function flipped({ winners: [one, two], ...pair }: JudgedPair): JudgedPair {
  const other = (winner: Winner | null): Winner | null =>
    winner === "model_1" || winner === "model_2" ? OTHER[winner] : winner;
  const { models, lengths, better } = pair;
  return {
    ...pair,
    winners: [other(two), other(one)],
    ...(models && { models: [models[1], models[0]] }),
    ...(lengths && { lengths: [lengths[1], lengths[0]] }),
    ...(better && { better: better === "tie" ? better : OTHER[better] }),
  };
}

/** Pairs won, tied and lost by model_1, and those left out. */
export function countOutcomes(
  pairs: readonly JudgedPair[],
): Outcomes & { readonly errors: number } {
  assertPairs("countOutcomes", pairs);
  const counts = { win: 0, tie: 0, loss: 0, error: 0 };
  for (const pair of pairs) counts[outcomeOf(pair)]++;
  const { error: errors, ...rest } = counts;
  return { ...rest, errors };
}

/** @throws {ArgumentError} unless all are counts, and there is a rating. */
export function assertOutcomes(op: string, outcomes: Outcomes): void {
  for (const name of ["win", "tie", "loss"] as const) {
    assertInteger(op, name, Object(outcomes)[name], { from: 0 });
  }
  if (outcomes.win + outcomes.tie + outcomes.loss > 0) return;
  throw refusals(op).argument("outcomes", "at least one rating", "none");
}

const WINNERS: readonly unknown[] = ["model_1", "model_2", "tie", "error", null];

/** @throws {ArgumentError} unless each pair has two winners, of which one may be null. */
export function assertPairs(op: string, pairs: readonly JudgedPair[]): void {
  if (!Array.isArray(pairs)) throw refusals(op).argument("pairs", "a list of pairs", brief(pairs));
  pairs.forEach((pair, i) => {
    const winners: unknown = Object(pair).winners;
    const isRight =
      Array.isArray(winners) && winners.length === 2 && winners.every((w) => WINNERS.includes(w));
    if (isRight && winners.some((w) => w !== null)) return;
    const expected =
      'two of "model_1", "model_2", "tie", "error", or null where it was not shown so';
    throw refusals(op).argument(`pairs[${i}].winners`, expected, brief(winners));
  });
}
