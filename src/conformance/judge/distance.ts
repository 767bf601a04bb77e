/**
 * How far an output is from what was expected.
 * @module
 */
import type { Budget } from "../vectors/vector.ts";

/** The distance of x from t, in two measures. */
export interface Distance extends Budget {
  /** Index of the element that is farthest off. */
  readonly at: number;
  /** How many elements are NaN or infinite where a number was expected. */
  readonly bad: number;
}

/**
 * ‖x − t‖ / ‖t‖ and max |x − t| / rms(t); of a `t` that is all zero, the differences themselves. Elements that are
 * −∞ in `t` are hidden by a mask: engines put −∞ or any very negative number there, so they are not compared.
 */
export function distanceOf(x: ArrayLike<number>, t: ArrayLike<number>): Distance {
  let [errors, squares, worst, at, bad, count] = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < t.length; i++) {
    if (t[i] === Number.NEGATIVE_INFINITY) continue;
    count++;
    squares += t[i] * t[i];
    const error = Math.abs(x[i] - t[i]);
    if (!Number.isFinite(x[i])) {
      if (bad++ === 0) at = i;
      continue;
    }
    errors += error * error;
    if (error > worst && bad === 0) [worst, at] = [error, i];
  }
  if (bad > 0) return { nrmse: Number.POSITIVE_INFINITY, max: Number.POSITIVE_INFINITY, at, bad };
  const rms = Math.sqrt(squares / Math.max(1, count)) || 1;
  const nrmse = Math.sqrt(errors / Math.max(1, count)) / rms;
  return { nrmse, max: worst / rms, at, bad };
}

/** How many times over the budget a distance is; above 1 it fails. */
export function overBudget({ nrmse, max }: Budget, budget: Budget): number {
  return Math.max(nrmse / budget.nrmse, max / budget.max);
}

/** The larger of two distances, measure by measure. */
export function worse(a: Budget, b: Budget): Budget {
  return { nrmse: Math.max(a.nrmse, b.nrmse), max: Math.max(a.max, b.max) };
}
