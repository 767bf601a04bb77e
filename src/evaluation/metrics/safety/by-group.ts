/**
 * One metric by groups of documents, and the gap between them: Winogender by pronoun, or by whether the referent is the one
 * that statistics of the profession would not suggest ("gotcha"); WinoBias for and against the stereotype.
 * @module
 */
import { mean } from "../aggregate.ts";
import { meanError } from "../standard-error.ts";

/** The documents of one group. */
export interface GroupScore {
  /** How many they are. */
  readonly size: number;
  /** The mean of their scores. */
  readonly mean: number;
  /** Its standard error; NaN for a single document. */
  readonly error: number;
}

/** The score of each group, groups in the order of their first documents. */
export function scoresByGroup(
  samples: readonly { readonly group: string; readonly score: number }[],
): ReadonlyMap<string, GroupScore> {
  const groups = new Map<string, number[]>();
  for (const { group, score } of samples) groups.set(group, [...(groups.get(group) ?? []), score]);
  return new Map(
    Array.from(groups, ([group, scores]) => [
      group,
      { size: scores.length, mean: mean(scores), error: meanError(scores) },
    ]),
  );
}

/** first − second, and its standard error: groups have different documents, so errors add up in squares. */
export function groupGap(
  first: GroupScore,
  second: GroupScore,
): { readonly difference: number; readonly error: number } {
  return { difference: first.mean - second.mean, error: Math.hypot(first.error, second.error) };
}
