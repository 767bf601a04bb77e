/** Derivatives without calculus: how a number changes when what it depends on is changed a little. */
import type { NdArray } from "../../src/tensor/tensor.ts";

/** The step. A power of two, so that x ± h is exact for x of ±2. */
const H = 2 ** -10;

/**
 * ∂f/∂x for each number of `x` (dense, float64), which `f` reads, by five-point central differences: off by h⁴/30 times the fifth derivative,
 * and by some 1.5 · 2⁻⁵³ · |f| / h.
 */
export function slopes(f: () => number, x: NdArray): Float64Array {
  const { data } = x;
  const at = (i: number, value: number) => {
    data[i] = value;
    return f();
  };
  return Float64Array.from({ length: data.length }, (_, i) => {
    const here = data[i];
    const near = at(i, here + H) - at(i, here - H);
    const far = at(i, here + 2 * H) - at(i, here - 2 * H);
    data[i] = here;
    return (8 * near - far) / (12 * H);
  });
}

/** Σ x · y: what a gradient dy adds to a loss by y. */
export function dot(x: NdArray, y: NdArray): number {
  let sum = 0;
  for (let i = 0; i < x.data.length; i++) sum += x.data[i] * y.data[i];
  return sum;
}

/** Σ x. */
export function total(x: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i];
  return sum;
}
