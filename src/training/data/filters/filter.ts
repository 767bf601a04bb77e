/**
 * A filter looks at one text and says why it should not be learnt from, or nothing.
 * @module
 */
import type { DropReason } from "../documents/document.ts";

/** A filter: one of ours, or any object of this kind. */
export interface DocumentFilter {
  /** Its name in reports. */
  readonly name: string;
  /** Why the text should go; `undefined` if it may stay. */
  check(text: string): DropReason | undefined;
}

/** The first of several rules that finds something. */
export function firstBroken(
  filter: string,
  rules: Iterable<Omit<DropReason, "filter"> | undefined>,
): DropReason | undefined {
  for (const broken of rules) if (broken) return { filter, ...broken };
  return undefined;
}

/** The rule that `value` is `least` or more. */
export function atLeast(rule: string, value: number, least: number): Broken {
  return value < least ? { rule, value, threshold: least } : undefined;
}

/** The rule that `value` is `most` or less. */
export function atMost(rule: string, value: number, most: number): Broken {
  return value > most ? { rule, value, threshold: most } : undefined;
}

/** A rule and what broke it. */
export type Broken = Omit<DropReason, "filter"> | undefined;
