/**
 * Attention with what bugs and other ways of computing change in it. Without changes it equals nn/attention.ts.
 * @module
 */
import type { Components } from "../../backend/cpu/cpu.ts";
import { softmaxInPlace } from "../../nn/softmax.ts";
import { float32, zeros } from "../../tensor/precision.ts";
import type { NdArray } from "../../tensor/tensor.ts";

/** What attention may do otherwise. */
export interface AttentionChanges {
  /** The key-value head that query head n of N reads, of K. */
  head?(n: number, N: number, K: number): number;
  /** How many keys a row sees, of the `held` that there are, where the causal mask shows `seen`. */
  sees?(seen: number, held: number): number;
  /** What becomes of a score. */
  score?(score: number): number;
  /** What becomes of the scale. */
  scale?(scale: number): number;
}

export function attentionWith(changes: AttentionChanges): Components["attention"] {
  const { head = (n, N, K) => Math.floor((n * K) / N), sees, score } = changes;
  return (q, k, v, options = {}) => {
    const [L, N, H] = q.shape;
    const [S, K] = k.shape;
    const { pos = 0, precision = float32, out, scores, pattern } = options;
    const { round } = precision;
    const scale = options.scale ?? 1 / Math.sqrt(H);
    const queryScale = round(changes.scale ? changes.scale(scale) : scale);
    const z = out ?? zeros([L, N, H], precision);
    const row = new Float64Array(S);
    for (let l = 0; l < L; l++) {
      const seen = pos + l + 1;
      const count = sees ? sees(seen, pos + L) : seen;
      for (let n = 0; n < N; n++) {
        const kv = head(n, N, K);
        for (let s = 0; s < count; s++) {
          let dot = 0;
          for (let h = 0; h < H; h++) dot += round(q.get(l, n, h) * queryScale) * k.get(s, kv, h);
          row[s] = score ? score(round(dot)) : round(dot);
        }
        copy(row, count, scores, n, l);
        softmaxInPlace(row, count, round);
        copy(row, count, pattern, n, l);
        for (let h = 0; h < H; h++) {
          let sum = 0;
          for (let s = 0; s < count; s++) sum += row[s] * v.get(s, kv, h);
          z.set(l, n, h, round(sum));
        }
      }
    }
    return z;
  };
}

function copy(
  row: Float64Array,
  count: number,
  into: NdArray | undefined,
  n: number,
  l: number,
): void {
  if (into) for (let s = 0; s < count; s++) into.set(n, l, s, row[s]);
}
