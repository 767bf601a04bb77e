/**
 * Clipping by the global norm: if all gradients together, as one long vector, are longer than `maxNorm`, they are
 * shortened to it (Pascanu et al. 2012, arXiv:1211.5063, Algorithm 1). In the form of PyTorch (`clip_grad_norm_`):
 *
 *     n = √Σ g²        g ← g · min(1, maxNorm/(n + 1e-6))
 *
 * optax divides by n alone: results differ by 1e-6 of themselves.
 * @module
 */
import { brief } from "../../brief.ts";
import { refusals } from "../../errors.ts";
import type { Parameter } from "../trains.ts";

/** Added to the norm, as in PyTorch. */
const MARGIN = 1e-6;

/** n = √Σ g² over the gradients of all `parameters` that have one. Infinite or NaN if one of them is. */
export function globalNorm(parameters: Iterable<Parameter>): number {
  let sum = 0;
  for (const { gradient } of parameters) {
    if (!gradient) continue;
    for (let i = 0; i < gradient.length; i++) sum += gradient[i] * gradient[i];
  }
  return Math.sqrt(sum);
}

/**
 * Shortens the gradients of `parameters`, in place, to a norm of `maxNorm` at most.
 * @returns n as it was before. If it is infinite or NaN, the gradients stay as they are: skip the step.
 */
export function clipByGlobalNorm(parameters: Iterable<Parameter>, maxNorm: number): number {
  if (!(maxNorm > 0)) {
    const hint = "leave maxNorm out, and nothing is clipped";
    throw refusals("clipByGlobalNorm").argument("maxNorm", "above 0", brief(maxNorm), hint);
  }
  const all = [...parameters];
  const norm = globalNorm(all);
  const scale = Math.min(1, maxNorm / (norm + MARGIN));
  if (!Number.isFinite(norm) || scale === 1) return norm;
  for (const { gradient } of all) {
    if (!gradient) continue;
    for (let i = 0; i < gradient.length; i++) gradient[i] *= scale;
  }
  return norm;
}
