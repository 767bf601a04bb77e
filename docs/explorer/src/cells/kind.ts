/**
 * What the page has to know of a kind of number. The worker's side, which says what makes it, is in answers/inspect.
 * @module
 */
import type { ComponentChildren } from "preact";
import type { Cell } from "../cell.ts";
import { pieceText, weight } from "../format.ts";
import type { Finding, Overview } from "../messages.ts";

export interface Kind<C extends Cell> {
  /** Whether this text and this model have it. */
  isThere(cell: C, shown: Overview): boolean;
  /** Where it is, in words. */
  where(cell: C, finding: Finding, shown: Overview): string;
  /** As MathML. */
  formula(cell: C): ComponentChildren;
  /** What kind of number it is, in a sentence or two. */
  explained(cell: C): string;
  /** The number as it is written largest. */
  write(value: number): string;
  /** Step `i` of the way to it; three decimals, if it is not given. */
  writeStep?(value: number, i: number): string;
}

/** Five decimals, without zeros at the end. */
export const brief = (value: number): string => weight(value).replace(/0+$/, "0");

/** “␣Mira” (11) */
export function tokenAt({ tokens }: Overview, at: number): string {
  return `“${pieceText(tokens[at]?.piece ?? "")}” (${at})`;
}
