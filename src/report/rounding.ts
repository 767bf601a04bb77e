/**
 * Sums of printed figures: how far a printed total may be from them when all were rounded.
 * @module
 */

/** The plain mean: (1/n) Σ xᵢ. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** A sum in float64 may be off by this where decimals are exact. */
const FLOAT = 1e-9;

/**
 * Whether a printed figure can be `recomputed`, given that the figures it was computed from were rounded as well.
 * @param slack the most that rounding can make of it: half a unit of the last digit for the printed figure, and for
 *   each figure behind it half a unit times its weight in the sum.
 */
export function agrees(printed: number, recomputed: number, slack: number): boolean {
  return Math.abs(printed - recomputed) <= slack + FLOAT;
}
