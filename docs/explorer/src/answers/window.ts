/**
 * The part of a long text that a matrix shows: it ends with the chosen token, or begins with the text.
 * @module
 */
import { WINDOW } from "../messages.ts";

export function windowOf(count: number, pos: number): { from: number; size: number } {
  const size = Math.min(count, WINDOW);
  return { from: Math.max(0, Math.min(pos - size + 1, count - size)), size };
}
