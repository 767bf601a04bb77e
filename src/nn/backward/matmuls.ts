/**
 * The three matrix products of training as a set that can be exchanged. Nearly all of a step's work is in them, so a fast
 * set in their place makes all of training fast; what stands here is what it must equal.
 * @module
 */
import { float32, type Precision } from "../../tensor/precision.ts";
import type { Stored } from "../../tensor/stored.ts";
import type { NdArray } from "../../tensor/tensor.ts";
import { linear } from "../linear.ts";
import { linearInputBackward, linearWeightBackward } from "./linear.ts";

/** The products of `y = x · weightᵀ`, forward and back; weights lie [F, D]. */
export interface Matmuls {
  /** y [L, F] = x [L, D] · weightᵀ. */
  forward(y: NdArray, x: NdArray, weight: Stored): void;
  /** dx [L, D] = dy [L, F] · weight, or added to what dx holds, with `add`. */
  input(dx: NdArray, dy: NdArray, weight: Stored, add: boolean): void;
  /** dWeight [F, D] += dyᵀ · x, over the rows of dy [L, F] and x [L, D]. */
  weight(dWeight: NdArray, dy: NdArray, x: NdArray): void;
}

/** The definition: {@link linear}, {@link linearInputBackward} and {@link linearWeightBackward}, rounded to `precision`. */
export function plainMatmuls(precision: Precision = float32): Matmuls {
  return {
    forward(y, x, weight) {
      linear(x, weight, { precision, out: y });
    },
    input(dx, dy, weight, add) {
      linearInputBackward(dy, weight, { precision, dx, add });
    },
    weight(dWeight, dy, x) {
      linearWeightBackward(dy, x, { precision, dWeight });
    },
  };
}
