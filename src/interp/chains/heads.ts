/**
 * What each head adds to the stream: o_proj is a sum over heads, which the kernel does at once.
 *
 *     result[l,n,d]  = Σ_h z[l,n,h] · o_proj[d, n·H + h]
 *     attn_out[l,d]  = Σ_n result[l,n,d]
 *
 * @module
 */
import { zeros } from "../../tensor/precision.ts";
import type { NdArray } from "../../tensor/tensor.ts";
import type { Link } from "./chain.ts";

/** z [L, N·H] → result [L, N, D]. */
export function resultOf(layer: number): Link {
  return async (_, [z], { config, precision, weight }) => {
    const { numAttentionHeads: N, headDim: H, hiddenSize: D } = config;
    const [L] = z.shape;
    const oProj = await weight(`model.layers.${layer}.self_attn.o_proj.weight`);
    const result = zeros([L, N, D], precision);
    const { data: W } = oProj;
    const { data: Z } = z;
    for (let l = 0; l < L; l++) {
      for (let n = 0; n < N; n++) {
        const zn = (l * N + n) * H;
        for (let d = 0; d < D; d++) {
          const row = d * N * H + n * H;
          let sum = 0;
          for (let h = 0; h < H; h++) sum += Z[zn + h] * W[row + h];
          result.data[(l * N + n) * D + d] = precision.round(sum);
        }
      }
    }
    return result;
  };
}

/** result [L, N, D] → attn_out [L, D]. */
export const attnOutOf: Link = (before, _, { precision }) => {
  const result = before as NdArray;
  const [L, N, D] = result.shape;
  const out = zeros([L, D], precision);
  for (let l = 0; l < L; l++) {
    for (let d = 0; d < D; d++) {
      let sum = 0;
      for (let n = 0; n < N; n++) sum += result.get(l, n, d);
      out.set(l, d, precision.round(sum));
    }
  }
  return out;
};
