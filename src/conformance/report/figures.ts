/**
 * Numbers of a report as they are read.
 * @module
 */
import type { TapResult } from "../run/result.ts";

/** How many times over the budget: `0.31 ×`, `470 ×`, `4.7e5 ×`. */
export function times(over: number): string {
  if (!Number.isFinite(over)) return `${Number.isNaN(over) ? "NaN" : "∞"} ×`;
  const digits = over < 1000 ? Number(over.toPrecision(2)) : over.toExponential(1);
  return `${String(digits).replace("e+", "e")} ×`;
}

/** A number in at most six digits. */
export function figure(x: number): string {
  return String(Number.isFinite(x) ? Number(x.toPrecision(6)) : x);
}

/** `[3, 5]`. */
export function place(at: readonly number[]): string {
  return `[${at.join(", ")}]`;
}

/** `blocks.0.ln1.hook_out (attn_norm)`: its name here, and in the goldens if it has another one there. */
export function tapTitle({ tap, golden }: Pick<TapResult, "tap" | "golden">): string {
  return golden === undefined || golden === tap ? tap : `${tap} (${golden})`;
}

/** Whether an output is off. */
export function isOff({ over }: TapResult): boolean {
  return !(over <= 1);
}
