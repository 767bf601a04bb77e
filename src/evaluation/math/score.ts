/**
 * The score of a solution to a problem of MATH, as `minerva_math` of the harness gives it.
 * @module
 */
import { insideBox, lastBoxed } from "./boxed.ts";
import { type Equivalence, mathEquivalence } from "./equivalence.ts";
import { minervaFinalAnswer, minervaNormalized } from "./minerva.ts";

/** A score with all that led to it. */
export interface MathScore {
  /** 1 if the verdict is "same", else 0. */
  readonly exactMatch: 0 | 1;
  readonly equivalence: Equivalence;
  /** Both answers as they were compared. */
  readonly answer: string;
  readonly expected: string;
}

/**
 * @param solution of the data: its answer stands in the last `\boxed{...}`. Without any, nothing is right.
 * @param continuation what the model wrote.
 */
export function mathScore(solution: string, continuation: string): MathScore {
  const box = lastBoxed(solution);
  const expected = minervaNormalized((box && insideBox(box)) ?? "");
  const answer = minervaNormalized(minervaFinalAnswer(continuation));
  const equivalence = mathEquivalence(answer, expected);
  return { exactMatch: equivalence.verdict === "same" ? 1 : 0, equivalence, answer, expected };
}
