/**
 * The residual addition: each block reads the stream and adds what it found.
 * He et al. 2016, arXiv:1512.03385, Eq. 1:
 *
 *     sum[l,d] = x[l,d] + y[l,d]
 *
 * @module
 */
import { assertOptions, type OptionNames } from "../options.ts";
import { float32, type Precision, resultOf } from "../tensor/precision.ts";
import { assertTensor, type NdArray } from "../tensor/tensor.ts";

/** The precision, and where the result goes. */
export interface AddOptions {
  /** Where results are rounded when they are stored. Default float32. */
  precision?: Precision;
  /** [L, D]; allocated when absent. May be `x` or `y`. */
  out?: NdArray;
}

const NAMES: OptionNames<AddOptions> = { precision: true, out: true };

/**
 * `x` and `y` [L, D] → their sum [L, D], rounded once on store.
 * @param options precision, destination: {@link AddOptions}
 */
export function add(x: NdArray, y: NdArray, options: AddOptions = {}): NdArray {
  assertOptions("add", options, NAMES);
  const { precision = float32, out } = options;
  assertTensor("add", "x", x, [undefined, undefined]);
  const [L, D] = x.shape;
  assertTensor("add", "y", y, [L, D]);
  const z = resultOf("add", out, [L, D], precision);

  const { round } = precision;
  const { data: X } = x;
  const { data: Y } = y;
  const { data: Z } = z;
  for (let l = 0; l < L; l++) {
    const xl = x.offset + l * x.stride[0];
    const yl = y.offset + l * y.stride[0];
    const zl = z.offset + l * z.stride[0];
    for (let d = 0; d < D; d++) Z[zl + d] = round(X[xl + d] + Y[yl + d]);
  }
  return z;
}
