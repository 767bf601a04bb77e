/**
 * The components as an engine computes them that has no float64: every elementary operation is rounded. Sums go
 * by a given order ({@link Dot}).
 * @module
 */
import type { Components } from "../../backend/cpu/cpu.ts";
import { float32, zeros } from "../../tensor/precision.ts";
import { widenRow } from "../../tensor/stored.ts";
import type { Dot, Round } from "./dots.ts";

/** How a device computes. */
export interface Arithmetic {
  readonly dot: Dot;
  /** Rounds every elementary operation outside the dot products. */
  readonly round: Round;
  readonly exp?: (x: number) => number;
  readonly tanh?: (x: number) => number;
  /** 1/√x. */
  readonly inverseSqrt?: (x: number) => number;
}

export function narrowLinear(dot: Dot): Components["linear"] {
  return (x, weight, { precision = float32, out } = {}) => {
    const [L, D] = x.shape;
    const [F] = weight.shape;
    const y = out ?? zeros([L, F], precision);
    const row = new Float64Array(D);
    const wide = new Float64Array(L * D); // a dot product of one kind of array is the quicker one
    for (let l = 0; l < L; l++) {
      for (let d = 0; d < D; d++) wide[l * D + d] = x.get(l, d);
    }
    for (let f = 0; f < F; f++) {
      widenRow(weight, f, row);
      for (let l = 0; l < L; l++) y.set(l, f, precision.round(dot(wide, l * D, row, 0, D)));
    }
    return y;
  };
}

export function narrowNorm({
  dot,
  round,
  inverseSqrt = (x) => round(1 / round(Math.sqrt(x))),
}: Arithmetic): Components["rmsNorm"] {
  return (x, weight, { eps = 1e-6, normOffset = 1, precision = float32, out } = {}) => {
    const [L, D] = x.shape;
    const y = out ?? zeros([L, D], precision);
    for (let l = 0; l < L; l++) {
      const at = x.offset + l * x.stride[0];
      const square = round(dot(x.data, at, x.data, at, D) / D);
      const by = inverseSqrt(round(square + eps));
      for (let d = 0; d < D; d++) {
        const gain = round(normOffset + weight.get(d));
        y.set(l, d, precision.round(round(x.get(l, d) * by) * gain));
      }
    }
    return y;
  };
}

export function narrowGeglu({
  round,
  tanh = (x) => round(Math.tanh(x)),
}: Arithmetic): Components["geglu"] {
  const slope = round(Math.sqrt(2 / Math.PI));
  const cubic = round(0.044715);
  const gelu = (x: number) => {
    const cube = round(round(x * x) * x);
    const inner = round(slope * round(x + round(cubic * cube)));
    return round(round(0.5 * x) * round(1 + tanh(inner)));
  };
  return (gate, up, { precision = float32, out } = {}) => {
    const [L, F] = gate.shape;
    const y = out ?? zeros([L, F], precision);
    for (let l = 0; l < L; l++) {
      for (let f = 0; f < F; f++) {
        y.set(l, f, precision.round(round(gelu(gate.get(l, f))) * up.get(l, f)));
      }
    }
    return y;
  };
}

export function narrowAttention({
  dot,
  round,
  exp = (x) => round(Math.exp(x)),
}: Arithmetic): Components["attention"] {
  return (q, k, v, options = {}) => {
    const [L, N, H] = q.shape;
    const [S, K] = k.shape;
    const { pos = 0, precision = float32, out, scores, pattern } = options;
    const scale = round(options.scale ?? 1 / Math.sqrt(H));
    const z = out ?? zeros([L, N, H], precision);
    const query = new Float64Array(H);
    const key = new Float64Array(H);
    const [row, column] = [new Float64Array(S), new Float64Array(S)];
    for (let l = 0; l < L; l++) {
      const seen = pos + l + 1;
      for (let n = 0; n < N; n++) {
        const kv = Math.floor((n * K) / N);
        for (let h = 0; h < H; h++) query[h] = round(q.get(l, n, h) * scale);
        let max = Number.NEGATIVE_INFINITY;
        for (let s = 0; s < seen; s++) {
          for (let h = 0; h < H; h++) key[h] = k.get(s, kv, h);
          row[s] = precision.round(dot(query, 0, key, 0, H));
          scores?.set(n, l, s, row[s]);
          max = Math.max(max, row[s]);
        }
        let sum = 0;
        for (let s = 0; s < seen; s++) {
          row[s] = exp(round(row[s] - max));
          sum = round(sum + row[s]);
        }
        for (let s = 0; s < seen; s++) {
          row[s] = precision.round(round(row[s] / sum));
          pattern?.set(n, l, s, row[s]);
        }
        for (let h = 0; h < H; h++) {
          for (let s = 0; s < seen; s++) column[s] = v.get(s, kv, h);
          z.set(l, n, h, precision.round(dot(row, 0, column, 0, seen)));
        }
      }
    }
    return z;
  };
}

/** All components that compute with `arithmetic`. */
export function narrow(arithmetic: Arithmetic): Partial<Components> {
  return {
    linear: narrowLinear(arithmetic.dot),
    rmsNorm: narrowNorm(arithmetic),
    attention: narrowAttention(arithmetic),
    geglu: narrowGeglu(arithmetic),
  };
}
