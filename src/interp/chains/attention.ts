/**
 * The inside of attention (nn/attention.ts): scores, their softmax, and the values that it weighs.
 *
 *     score[n,l,s]   = Σ_h (q[l,n,h] · scale) · k[s,⌊n·K/N⌋,h], −∞ where the mask hides s
 *     pattern[n,l,s] = softmax_s(score[n,l,s])
 *     z[l,n,h]       = Σ_s pattern[n,l,s] · v[s,⌊n·K/N⌋,h]
 *
 * @module
 */
import { attention } from "../../nn/attention.ts";
import { softmaxInPlace } from "../../nn/softmax.ts";
import { zeros } from "../../tensor/precision.ts";
import { type FloatArray, type NdArray, tensor } from "../../tensor/tensor.ts";
import type { Chain, ChainContext, Link } from "./chain.ts";

/** Rotated queries and keys → scores [N, L, S]. */
export function scoresOf(layer: number): Link {
  return (_, [rotQ, rotK], context) => {
    const { config, precision } = context;
    const { numAttentionHeads: N, headDim: H } = config;
    const [L] = rotQ.shape;
    const k = withPast(context, layer, "k", rotK);
    const [S] = k.shape;
    const scores = zeros([N, L, S], precision);
    scores.data.fill(Number.NEGATIVE_INFINITY); // stays where the mask hides
    attention(tensor(rotQ.data, [L, N, H]), k, k, { pos: S - L, precision, scores });
    return scores;
  };
}

/** Scores → pattern [N, L, S]. */
export const patternOf: Link = (before, _, { precision }) => {
  const scores = before as NdArray;
  const [N, L, S] = scores.shape;
  const pattern = zeros([N, L, S], precision);
  const row = new Float64Array(S);
  for (let r = 0; r < N * L; r++) {
    for (let s = 0; s < S; s++) row[s] = scores.get(Math.floor(r / L), r % L, s);
    softmaxInPlace(row, S, precision.round);
    pattern.data.set(row, r * S);
  }
  return pattern;
};

/** Pattern, and values → z [L, N·H]. */
export function zOf(layer: number): Link {
  return (before, [, , ownV], context) => {
    const { config, precision } = context;
    const { numAttentionHeads: N, numKeyValueHeads: K, headDim: H } = config;
    const pattern = before as NdArray;
    const [, L, S] = pattern.shape;
    const v = withPast(context, layer, "v", ownV);
    const z = zeros([L, N * H], precision);
    for (let l = 0; l < L; l++) {
      for (let n = 0; n < N; n++) {
        const kv = Math.floor((n * K) / N);
        for (let h = 0; h < H; h++) {
          let sum = 0;
          for (let s = 0; s < S; s++) sum += pattern.get(n, l, s) * v.get(s, kv, h);
          z.set(l, n * H + h, precision.round(sum));
        }
      }
    }
    return z;
  };
}

/** Adds the keys and values of a pass to those before. */
export function rememberIn(layer: number): NonNullable<Chain["remember"]> {
  return ([, k, v], { past }) => {
    const before = past.get(layer);
    past.set(layer, { k: below(before?.k, k), v: below(before?.v, v) });
  };
}

/** Keys or values [S, K, H]: those of the tokens before, and then `own` [L, K·H]. */
function withPast(
  { config, past }: ChainContext,
  layer: number,
  which: "k" | "v",
  own: NdArray,
): NdArray {
  const { numKeyValueHeads: K, headDim: H } = config;
  const all = below(past.get(layer)?.[which], own);
  return tensor(all.data, [all.shape[0], K, H]);
}

/** Rows below rows. */
function below(before: NdArray | undefined, own: NdArray): NdArray {
  if (before === undefined) return own;
  const [count, columns] = before.shape;
  const Floats = own.data.constructor as new (length: number) => FloatArray;
  const all = new Floats(before.data.length + own.data.length);
  all.set(before.data);
  all.set(own.data, before.data.length);
  return tensor(all, [count + own.shape[0], columns]);
}
