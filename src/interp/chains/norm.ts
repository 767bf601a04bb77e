/**
 * The inside of an RMSNorm (nn/rmsnorm.ts): its scale, the stream divided by it, and times the gain.
 *
 *     scale[l]        = √(mean_d(x[l,d]²) + ε)
 *     normalized[l,d] = x[l,d] / scale[l]
 *     out[l,d]        = normalized[l,d] · (1 + weight[d])
 *
 * @module
 */
import { zeros } from "../../tensor/precision.ts";
import type { NdArray } from "../../tensor/tensor.ts";
import type { Link } from "./chain.ts";

/** The stream [L, D] → its scale [L, 1]. */
export const scaleOf: Link = (_, [x], { config, precision }) => {
  const [L, D] = x.shape;
  const scale = zeros([L, 1], precision);
  for (let l = 0; l < L; l++) {
    let sumOfSquares = 0;
    for (let d = 0; d < D; d++) sumOfSquares += x.get(l, d) ** 2;
    scale.set(l, 0, precision.round(Math.sqrt(sumOfSquares / D + config.rmsNormEps)));
  }
  return scale;
};

/** The scale, and the stream → [L, D], before the gain. */
export const normalizedOf: Link = (before, [x], { precision }) => {
  const scale = before as NdArray;
  const [L, D] = x.shape;
  const y = zeros([L, D], precision);
  for (let l = 0; l < L; l++) {
    for (let d = 0; d < D; d++) y.set(l, d, precision.round(x.get(l, d) / scale.get(l, 0)));
  }
  return y;
};

/** The normalized stream → [L, D], times the gain. */
export function normOutOf(name: string): Link {
  return async (before, _, { precision, weight }) => {
    const x = before as NdArray;
    const [L, D] = x.shape;
    const gain = await weight(name);
    const y = zeros([L, D], precision);
    for (let l = 0; l < L; l++) {
      for (let d = 0; d < D; d++) y.set(l, d, precision.round(x.get(l, d) * (1 + gain.get(d))));
    }
    return y;
  };
}
