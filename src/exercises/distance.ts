/**
 * How far two values are apart, and where they differ first.
 * @module
 */
import type { Value } from "./exercise.ts";

/** How far two values of one kind are apart: in units of the largest number of `truth`. A text differs infinitely. */
export function distance(value: Value, truth: Value): number {
  const found = { error: 0, largest: 0 };
  compare(value, truth, found);
  return found.error === 0 ? 0 : found.error / (found.largest || 1);
}

function compare(value: Value, truth: Value, found: { error: number; largest: number }): void {
  if (typeof truth === "number" && typeof value === "number") {
    const error = Math.abs(value - truth);
    found.error = Math.max(found.error, Number.isNaN(error) ? Number.POSITIVE_INFINITY : error);
    found.largest = Math.max(found.largest, Math.abs(truth));
  } else if (typeof truth === "string" || typeof value !== "object" || typeof truth !== "object") {
    if (value !== truth) found.error = Number.POSITIVE_INFINITY;
  } else if (value.length !== truth.length) {
    found.error = Number.POSITIVE_INFINITY;
  } else {
    for (let i = 0; i < truth.length; i++) compare(value[i] as Value, truth[i] as Value, found);
  }
}

/** The place of the first number or text beyond `bar`: `[2][0]`. */
export function firstDifference(value: Value, truth: Value, bar: number): readonly number[] {
  const found = { error: 0, largest: 0 };
  compare(truth, truth, found);
  const search = (a: Value, b: Value): number[] | undefined => {
    if (typeof a !== "object" || typeof b !== "object") {
      const isFar =
        typeof a === "number" && typeof b === "number"
          ? !(Math.abs(a - b) <= bar * found.largest)
          : a !== b;
      return isFar ? [] : undefined;
    }
    for (let i = 0; i < Math.max(a.length, b.length); i++) {
      const [x, y] = [a[i] as Value | undefined, b[i] as Value | undefined];
      if (x === undefined || y === undefined) return [i];
      const deeper = search(x, y);
      if (deeper) return [i, ...deeper];
    }
    return undefined;
  };
  return search(value, truth) ?? [];
}
