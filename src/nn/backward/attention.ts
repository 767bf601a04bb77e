/**
 * The way back through nn/attention.ts, for query head n and its key-value head ⌊n·K/N⌋:
 *
 *     dpattern[n,l,s] = Σ_h dz[l,n,h] · v[s,⌊n·K/N⌋,h]
 *     dscore[n,l,s]   = pattern[n,l,s] · (dpattern[n,l,s] − Σ_t dpattern[n,l,t] · pattern[n,l,t])
 *     dq[l,n,h]       = scale · Σ_s dscore[n,l,s] · k[s,⌊n·K/N⌋,h]
 *     dk[s,kv,h]      = scale · Σ_l Σ_n dscore[n,l,s] · q[l,n,h]      over the N/K heads n of kv
 *     dv[s,kv,h]      = Σ_l Σ_n pattern[n,l,s] · dz[l,n,h]            over the same
 *
 * A key-value head was read by several query heads, so it hears from all of them: its gradients are sums over heads.
 * The causal mask is the end of the loop over s, as in the forward: what was not looked at has no gradient.
 *
 * By calculator, with N = 2, K = 1, H = 1, scale 1, and one query that sees two keys: q = [1, 2], k = [0, ln 3],
 * v = [1, 5] → pattern [¼, ¾] and [1/10, 9/10]; dz = [1, 1] → dscore = [∓0.75] and [∓0.36], dq = [0.823959, 0.395500],
 * dk = [−1.47, 1.47], dv = [0.35, 1.65].
 *
 * Kept from the forward: q and k (rotated), v. The pattern is computed again, a row at a time: all of it would be N·L·S
 * numbers, and is never in memory.
 * @module
 */
import { assertFinite, assertInteger, INTEGER } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { float32, float64, type Precision, resultOf } from "../../tensor/precision.ts";
import { assertTensor, type NdArray } from "../../tensor/tensor.ts";
import { softmaxInPlace } from "../softmax.ts";

/** What the forward was told, and where the gradients go. */
export interface AttentionBackwardOptions {
  /** Position of `q[0]`, as in the forward. Default 0. */
  pos?: number;
  /** What the queries were multiplied by, as in the forward; 1/√H when absent. */
  scale?: number;
  /** Where results are rounded when they are stored. Default float32. */
  precision?: Precision;
  /** [L, N, H]; allocated when absent. May be `q` or `dz`. */
  dq?: NdArray;
  /** [S, K, H], overwritten; allocated when absent. May be `k`. */
  dk?: NdArray;
  /** [S, K, H], overwritten; allocated when absent. May be `v`. */
  dv?: NdArray;
}

const NAMES: OptionNames<AttentionBackwardOptions> = {
  pos: true,
  scale: true,
  precision: true,
  dq: true,
  dk: true,
  dv: true,
};

/** The gradients of queries, keys and values. */
export interface AttentionGradients {
  /** Of the queries, [L, N, H]. */
  readonly dq: NdArray;
  /** Of the keys, [S, K, H]; 0 where no query looked. */
  readonly dk: NdArray;
  /** Of the values, [S, K, H]; 0 where no query looked. */
  readonly dv: NdArray;
}

/**
 * `dz` [L, N, H], and `q` [L, N, H], `k` and `v` [S, K, H] of the forward → the gradients of the three. Everything is in
 * float64, the pattern included; each gradient is rounded once, on store.
 * @param options what the forward was told, destinations: {@link AttentionBackwardOptions}
 * @throws {ShapeError} if K does not divide N, or there are fewer than `pos` + L keys.
 */
export function attentionBackward(
  dz: NdArray,
  q: NdArray,
  k: NdArray,
  v: NdArray,
  options: AttentionBackwardOptions = {},
): AttentionGradients {
  const op = "attentionBackward";
  assertOptions(op, options, NAMES);
  assertTensor(op, "dz", dz, [undefined, undefined, undefined]);
  const [L, N, H] = dz.shape;
  assertTensor(op, "q", q, [L, N, H]);
  const { pos = 0, scale = 1 / Math.sqrt(H), precision = float32 } = options;
  assertInteger(op, "pos", pos, INTEGER);
  assertFinite(op, "scale", scale);
  assertTensor(op, "k", k, [undefined, undefined, H]);
  const [S, K] = k.shape;
  assertTensor(op, "v", v, [S, K, H]);
  const dq = resultOf(op, options.dq, [L, N, H], precision, "dq");
  const dk = resultOf(op, options.dk, [S, K, H], precision, "dk");
  const dv = resultOf(op, options.dv, [S, K, H], precision, "dv");
  if (N % K !== 0 || S < pos + L) {
    const expected = `[at least ${pos + L}, a divisor of ${N}, ${H}]`;
    throw refusals(op).shape("k", expected, k.shape);
  }

  const { round } = precision;
  const pattern = new Float64Array(S);
  const dPattern = new Float64Array(S);
  const query = new Float64Array(H);
  const dQuery = new Float64Array(H);
  const dKeys = new Float64Array(S * H);
  const dValues = new Float64Array(S * H);
  const { data: DZ } = dz;
  const { data: queries } = q;
  const { data: keys } = k;
  const { data: values } = v;
  const { data: DQ } = dq;
  const shared = N / K;

  for (let kv = 0; kv < K; kv++) {
    const k0 = k.offset + kv * k.stride[1];
    const v0 = v.offset + kv * v.stride[1];
    dKeys.fill(0);
    dValues.fill(0);
    // #region heads
    for (let n = kv * shared; n < (kv + 1) * shared; n++) {
      for (let l = 0; l < L; l++) {
        const seen = pos + l + 1; // the causal mask
        const qn = q.offset + l * q.stride[0] + n * q.stride[1];
        const dzn = dz.offset + l * dz.stride[0] + n * dz.stride[1];
        for (let h = 0; h < H; h++) query[h] = queries[qn + h] * scale;

        for (let s = 0; s < seen; s++) {
          const ks = k0 + s * k.stride[0];
          const vs = v0 + s * v.stride[0];
          let score = 0;
          let slope = 0;
          for (let h = 0; h < H; h++) {
            score += query[h] * keys[ks + h];
            slope += DZ[dzn + h] * values[vs + h];
          }
          pattern[s] = score;
          dPattern[s] = slope;
        }
        softmaxInPlace(pattern, seen, float64.round);
        let average = 0;
        for (let s = 0; s < seen; s++) average += dPattern[s] * pattern[s];

        dQuery.fill(0);
        for (let s = 0; s < seen; s++) {
          const ks = k0 + s * k.stride[0];
          const sh = s * H;
          const share = pattern[s];
          const dScore = share * (dPattern[s] - average);
          for (let h = 0; h < H; h++) {
            dQuery[h] += dScore * keys[ks + h];
            dKeys[sh + h] += dScore * query[h]; // which has the scale in it
            dValues[sh + h] += share * DZ[dzn + h];
          }
        }
        const dqn = dq.offset + l * dq.stride[0] + n * dq.stride[1];
        for (let h = 0; h < H; h++) DQ[dqn + h] = round(dQuery[h] * scale);
      }
    }
    // #endregion
    storeHead(dKeys, dk, kv, round);
    storeHead(dValues, dv, kv, round);
  }
  return { dq, dk, dv };
}

/** `x` [S, H] into head `kv` of `into` [S, K, H], each number rounded. */
function storeHead(x: Float64Array, into: NdArray, kv: number, round: (x: number) => number): void {
  const [S, , H] = into.shape;
  const { data } = into;
  for (let s = 0; s < S; s++) {
    const begin = into.offset + s * into.stride[0] + kv * into.stride[1];
    for (let h = 0; h < H; h++) data[begin + h] = round(x[s * H + h]);
  }
}
