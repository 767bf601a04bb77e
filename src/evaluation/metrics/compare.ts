/**
 * Two models on the same documents. Most documents are right for both or wrong for both; so the difference of two means is
 * known far better than their own standard errors suggest, if it is taken document by document.
 * @module
 */
import { brief } from "../../brief.ts";
import { assertInteger } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { mean } from "./aggregate.ts";
import { meanError } from "./standard-error.ts";

/** What two runs say about each other. */
export interface PairedDifference {
  /** Documents that both have. */
  readonly documents: number;
  /** The mean of the first run. */
  readonly first: number;
  /** The mean of the second run. */
  readonly second: number;
  /** mean(second − first). */
  readonly difference: number;
  /** The standard error of the difference: sample deviation of second − first, / √documents. */
  readonly error: number;
  /** √(error of first² + error of second²): what one would believe without the pairs. */
  readonly unpairedError: number;
  /** Of values that are all 0 or 1: documents that one alone has right, and how likely that split is by chance. */
  readonly mcnemar?: SignTest & { readonly firstOnly: number; readonly secondOnly: number };
}

/** A sign test. */
export interface SignTest {
  /** The probability of a split as uneven as this one, or more so, if both sides were equally likely (exact, two-sided). */
  readonly p: number;
}

/**
 * Compares two runs, value by value: scores of the same metric, of the same documents, in the same order.
 * @throws {ArgumentError} if they have different lengths, fewer than two documents, or a value that is not finite.
 */
export function compareRuns(first: readonly number[], second: readonly number[]): PairedDifference {
  const refuse = refusals("compareRuns");
  if (first.length !== second.length) {
    const hint = "compare the documents that both runs have";
    throw refuse.argument(
      "second",
      `${first.length} values, as the first run`,
      second.length,
      hint,
    );
  }
  if (first.length < 2) throw refuse.argument("first", "two documents or more", first.length);
  const bad = [...first, ...second].find((value) => !Number.isFinite(value));
  if (bad !== undefined) throw refuse.argument("values", "finite numbers", brief(bad));
  const differences = second.map((value, i) => value - first[i]);
  const isBinary = [...first, ...second].every((value) => value === 0 || value === 1);
  const firstOnly = differences.filter((difference) => difference === -1).length;
  const secondOnly = differences.filter((difference) => difference === 1).length;
  return {
    documents: first.length,
    first: mean(first),
    second: mean(second),
    difference: mean(differences),
    error: meanError(differences),
    unpairedError: Math.hypot(meanError(first), meanError(second)),
    ...(isBinary && { mcnemar: { firstOnly, secondOnly, ...signTest(firstOnly, secondOnly) } }),
  };
}

/**
 * The exact sign test; on pairs of which one is right, McNemar's (1947) in its exact form: min(1, 2·P(X ≤ min(a, b))), X binomial of
 * a + b with ½.
 */
export function signTest(a: number, b: number): SignTest {
  assertInteger("signTest", "a", a, { from: 0 });
  assertInteger("signTest", "b", b, { from: 0 });
  const n = a + b;
  // log C(n, k) − n·ln 2, from one k to the next.
  let [logTerm, tail] = [-n * Math.LN2, 0];
  for (let k = 0; k <= Math.min(a, b); k++) {
    tail += Math.exp(logTerm);
    logTerm += Math.log(n - k) - Math.log(k + 1);
  }
  return { p: Math.min(1, 2 * tail) };
}
