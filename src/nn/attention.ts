/**
 * Causal attention over a key-value cache: multi-query (K = 1, the 2B), multi-head (K = N, the 7B),
 * and grouped-query between them.
 * Vaswani et al. 2017, arXiv:1706.03762, Eq. 1; Shazeer 2019, arXiv:1911.02150 for one key-value
 * head that serves all queries:
 *
 *     score[n,l,s]   = Σ_h (q[l,n,h] · scale) · k[s,⌊n·K/N⌋,h]      for s ≤ pos + l
 *     pattern[n,l,s] = softmax_s(score[n,l,s])
 *     z[l,n,h]       = Σ_s pattern[n,l,s] · v[s,⌊n·K/N⌋,h]
 *
 * The causal mask is the end of the loop over s: a later key is never looked at, so there is no −2.4e38
 * to add, as other implementations do, that could leak or overflow. No soft-capping (that is Gemma 2).
 * @module
 */
import { assertFinite, assertInteger, INTEGER } from "../check.ts";
import { refusals } from "../errors.ts";
import { assertOptions, type OptionNames } from "../options.ts";
import { float32, type Precision, resultOf } from "../tensor/precision.ts";
import { assertTensor, type NdArray } from "../tensor/tensor.ts";
import { softmaxInPlace } from "./softmax.ts";

/** Where the queries stand, how scores are scaled, and where the result goes. */
export interface AttentionOptions {
  /** Position of `q[0]`: how many keys came before it. Default 0. */
  pos?: number;
  /** What the queries are multiplied by; 1/√H when absent. */
  scale?: number;
  /** Where results are rounded when they are stored. Default float32. */
  precision?: Precision;
  /** z [L, N, H]; allocated when absent. */
  out?: NdArray;
  /** [N, L, S], filled with the scores when given. Masked entries are left as they are. */
  scores?: NdArray;
  /** [N, L, S], filled with the attention pattern when given. Masked entries are left as they are. */
  pattern?: NdArray;
}

const NAMES: OptionNames<AttentionOptions> = {
  pos: true,
  scale: true,
  precision: true,
  out: true,
  scores: true,
  pattern: true,
};

/**
 * `q` [L, N, H], `k` and `v` [S, K, H], rotated already → z [L, N, H]. Row l of `q` stands at position
 * `pos` + l and sees keys 0 … `pos` + l; keys after that may be anything.
 *
 * Sums in float64. Rounded on store: the scaled query, the scores, the pattern, z.
 * @param options precision, destination: {@link AttentionOptions}
 * @throws {ShapeError} if K does not divide N, or there are fewer than `pos` + L keys.
 */
export function attention(
  q: NdArray,
  k: NdArray,
  v: NdArray,
  options: AttentionOptions = {},
): NdArray {
  assertOptions("attention", options, NAMES);
  assertTensor("attention", "q", q, [undefined, undefined, undefined]);
  const [L, N, H] = q.shape;
  const { pos = 0, scale = 1 / Math.sqrt(H), precision = float32, out, scores, pattern } = options;
  assertInteger("attention", "pos", pos, INTEGER);
  assertFinite("attention", "scale", scale);
  assertTensor("attention", "k", k, [undefined, undefined, H]);
  const [S, K] = k.shape;
  assertTensor("attention", "v", v, [S, K, H]);
  if (scores !== undefined) assertTensor("attention", "scores", scores, [N, L, S]);
  if (pattern !== undefined) assertTensor("attention", "pattern", pattern, [N, L, S]);
  const z = resultOf("attention", out, [L, N, H], precision);
  if (N % K !== 0 || S < pos + L) {
    const expected = `[at least ${pos + L}, a divisor of ${N}, ${H}]`;
    throw refusals("attention").shape("k", expected, k.shape);
  }

  const { round } = precision;
  const queryScale = round(scale); // H = 256: 1/16, exact
  const query = new Float64Array(H);
  const row = new Float64Array(S);
  const sum = new Float64Array(H);
  const { data: queries } = q;
  const { data: keys } = k;
  const { data: values } = v;
  const { data: Z } = z;

  // #region heads
  for (let l = 0; l < L; l++) {
    const seen = pos + l + 1; // the causal mask
    for (let n = 0; n < N; n++) {
      // Floor, not modulo: neighbouring query heads share a key-value head.
      const kv = Math.floor((n * K) / N);
      // #endregion

      // #region head
      const qn = q.offset + l * q.stride[0] + n * q.stride[1];
      for (let h = 0; h < H; h++) query[h] = round(queries[qn + h] * queryScale);

      for (let s = 0; s < seen; s++) {
        const ks = k.offset + s * k.stride[0] + kv * k.stride[1];
        let dot = 0;
        for (let h = 0; h < H; h++) dot += query[h] * keys[ks + h];
        row[s] = round(dot);
      }
      if (scores) copyRow(row, seen, scores, n, l);

      softmaxInPlace(row, seen, round);
      if (pattern) copyRow(row, seen, pattern, n, l);

      sum.fill(0);
      for (let s = 0; s < seen; s++) {
        const vs = v.offset + s * v.stride[0] + kv * v.stride[1];
        const weight = row[s];
        for (let h = 0; h < H; h++) sum[h] += weight * values[vs + h];
      }
      const zn = z.offset + l * z.stride[0] + n * z.stride[1];
      for (let h = 0; h < H; h++) Z[zn + h] = round(sum[h]);
      // #endregion
    }
  }
  return z;
}

/** The first `count` values of `row` into `into`[n, l, :]. */
function copyRow(row: Float64Array, count: number, into: NdArray, n: number, l: number): void {
  const begin = into.offset + n * into.stride[0] + l * into.stride[1];
  for (let s = 0; s < count; s++) into.data[begin + s] = row[s];
}
