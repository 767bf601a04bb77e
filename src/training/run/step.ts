/**
 * From gradients that are whole to weights that have changed: clip, then update.
 * @module
 */
import { assertOptions, type OptionNames } from "../../options.ts";
import { clipByGlobalNorm, globalNorm } from "../optimizer/clip.ts";
import type { Optimizer } from "../optimizer/optimizer.ts";
import type { Parameter } from "../trains.ts";

/** What {@link applyGradients} needs. */
export interface ApplyOptions {
  /** What updates the weights. */
  readonly optimizer: Optimizer;
  /** The learning rate of this step. */
  readonly lr: number;
  /** The longest that the gradients may be, all together. Default: any length. */
  readonly maxNorm?: number;
}

const NAMES: OptionNames<ApplyOptions> = { optimizer: true, lr: true, maxNorm: true };

/** What has come of a step. */
export interface Applied {
  /** √Σ g² over all gradients, before clipping. */
  readonly gradientNorm: number;
  /** Why nothing was updated, in a sentence; absent if it was. */
  readonly skipped?: string;
}

/**
 * Clips the gradients of `parameters` and lets the optimiser update them. Gradients that are infinite or NaN update
 * nothing: neither weights nor what the optimiser remembers, where a NaN would stay for good. Nor do those that the optimiser
 * objects to, once they are clipped: in float32 a square of more than 1.8e19 is infinite.
 */
export function applyGradients(parameters: Iterable<Parameter>, options: ApplyOptions): Applied {
  assertOptions("applyGradients", options, NAMES);
  const { optimizer, lr, maxNorm } = options;
  const all = [...parameters];
  const gradientNorm = maxNorm === undefined ? globalNorm(all) : clipByGlobalNorm(all, maxNorm);
  if (!Number.isFinite(gradientNorm)) {
    const skipped = `the norm of the gradients is ${gradientNorm}: weights and moments stay as they were`;
    return { gradientNorm, skipped };
  }
  const skipped = optimizer.objection?.(all);
  if (skipped !== undefined) return { gradientNorm, skipped };
  optimizer.step(all, lr);
  return { gradientNorm };
}
