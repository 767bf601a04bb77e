/**
 * The three matmuls of training, which are nearly all of its work: forward, and the two halves of its backward. A fast
 * backend that has these trains at its own speed: the CPU backend takes them in place of its own, and the rest of a
 * step stays as nn/ defines it.
 * @module
 */
import type { Stored } from "../tensor/stored.ts";
import type { NdArray } from "../tensor/tensor.ts";

/**
 * Three matmuls on arrays in JavaScript's memory, for rows l, inputs d and outputs f. They are done when the call
 * returns. A sum runs in one order whatever the rows beside it, so that a sequence gets the same bits in any batch.
 */
export interface Matmuls {
  /** For messages and reports. */
  readonly name: string;
  /** y[l,f] = Σ_d x[l,d] · weight[f,d]. */
  forward(y: NdArray, x: NdArray, weight: Stored): void;
  /** dx[l,d] = Σ_f dy[l,f] · weight[f,d]; added to what `dx` holds if `add` is true. */
  input(dx: NdArray, dy: NdArray, weight: Stored, add: boolean): void;
  /** dWeight[f,d] += Σ_l dy[l,f] · x[l,d]. */
  weight(dWeight: NdArray, dy: NdArray, x: NdArray): void;
}
