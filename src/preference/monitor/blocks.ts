/**
 * Figures of a run in blocks of as many steps, and whether they have moved from block to block by more than their noise.
 *
 * The noise of a step is told from successive steps, Σ (x_{i+1} − x_i)² / 2 (n − 1) (von Neumann 1941): a slow trend does not count
 * as noise, and answers to one prompt, which go together, do not make it look smaller than it is.
 * @module
 */
import { normalQuantile } from "../../judge/statistics/normal-quantile.ts";

/** One figure over a block of steps; JSON. */
export interface Block {
  /** Its mean. */
  readonly mean: number;
  /** The variance of a single step. */
  readonly variance: number;
}

/** How far a figure has moved. */
export interface Change {
  /** The mean now minus the mean then. */
  readonly by: number;
  /** Its standard error. */
  readonly error: number;
  /** Degrees of freedom of that. */
  readonly freedom: number;
}

/** The block of these steps, two at least. */
export function blockOf(values: readonly number[]): Block {
  const n = values.length;
  let [sum, squares] = [0, 0];
  for (const [i, value] of values.entries()) {
    sum += value;
    if (i > 0) squares += (value - values[i - 1]) ** 2;
  }
  return { mean: sum / n, variance: squares / (2 * (n - 1)) };
}

/** From one block to a row of later ones, all of `steps` steps. */
export function changeBetween(then: Block, now: readonly Block[], steps: number): Change {
  const mean = now.reduce((sum, block) => sum + block.mean, 0) / now.length;
  const all = [then, ...now];
  const variance = all.reduce((sum, block) => sum + block.variance, 0) / all.length;
  return {
    by: mean - then.mean,
    error: Math.sqrt((variance / steps) * (1 + 1 / now.length)),
    // Successive differences are worth two thirds of as many independent ones.
    freedom: (2 / 3) * (steps - 1) * all.length,
  };
}

/**
 * What Student's t with `freedom` degrees exceeds with this probability: the normal quantile, widened to first order in 1/freedom
 * (Cornish–Fisher).
 */
export function studentQuantile(probability: number, freedom: number): number {
  const z = -normalQuantile(probability);
  return z * (1 + (z * z + 1) / (4 * freedom));
}
