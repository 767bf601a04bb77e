/**
 * The score in a judge's answer, which ends with `[[7]]` if the judge does as it was asked.
 * @module
 */
import { brief } from "../../brief.ts";
import { refusals } from "../../errors.ts";

/** In this order: two brackets, then one. */
const PATTERNS = [/\[\[(\d+\.?\d*)\]\]/, /\[(\d+\.?\d*)\]/];

/** The first `[[number]]` in `text`, else the first `[number]`, as in FastChat's `common.py`; undefined if there is neither. */
export function parseScore(text: string): number | undefined {
  if (typeof text !== "string")
    throw refusals("parseScore").argument("text", "a text", brief(text));
  for (const pattern of PATTERNS) {
    const found = pattern.exec(text);
    if (found) return Number(found[1]);
  }
  return undefined;
}
