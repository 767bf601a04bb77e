/**
 * Known bugs of Gemma ports, each as a change of one component of the reference. Goldens must be able to see
 * them, and the output of a wrong engine can be compared with theirs.
 * @module
 */
import type { Components } from "../backend/cpu/cpu.ts";
import { attention } from "../nn/attention.ts";
import { embed } from "../nn/embedding.ts";
import { geglu } from "../nn/geglu.ts";
import { rmsNorm } from "../nn/rmsnorm.ts";
import { applyRope } from "../nn/rope.ts";
import { float32, zeros } from "../tensor/precision.ts";
import { type NdArray, tensor } from "../tensor/tensor.ts";

/** A bug, ready for `cpuBackend({ components })`. */
export interface Mutant {
  readonly name: string;
  /** How the buggy code computes, and how Gemma does. */
  readonly explanation: string;
  readonly components: Partial<Components>;
}

export const MUTANTS: readonly Mutant[] = [
  {
    name: "norm-without-one",
    explanation: "RMSNorm scales by weight; Gemma scales by 1 + weight",
    components: {
      rmsNorm: (x, weight, options) => rmsNorm(x, weight, { ...options, normOffset: 0 }),
    },
  },
  {
    name: "norm-eps-outside-root",
    explanation: "RMSNorm divides by √mean + ε; Gemma divides by √(mean + ε)",
    components: { rmsNorm: rmsNormEpsOutside },
  },
  {
    name: "gelu-erf",
    explanation:
      "GELU is exact, as hidden_act in the 1.0 config.json says; Gemma uses the tanh form",
    components: { geglu: gegluErf },
  },
  {
    name: "gate-up-swapped",
    explanation: "GELU is applied to up; Gemma applies it to gate",
    components: { geglu: (gate, up, options) => geglu(up, gate, options) },
  },
  {
    name: "rope-interleaved",
    explanation: "RoPE pairs neighbours (2i, 2i + 1); Gemma pairs the halves (i, i + H/2)",
    components: { applyRope: ropeInterleaved },
  },
  {
    name: "embedding-unscaled",
    explanation: "embeddings enter the stream as they are; Gemma multiplies them by √D",
    components: { embed: (ids, table, options) => embed(ids, table, { ...options, scale: 1 }) },
  },
  {
    name: "kv-head-modulo",
    explanation:
      "query head n reads key-value head n mod K; Gemma reads ⌊n·K/N⌋ (shows if 1 < K < N)",
    components: { attention: attentionHeadModulo },
  },
  {
    name: "mask-excludes-self",
    explanation: "a token sees only the tokens before it; Gemma's tokens see themselves too",
    components: {
      attention: (q, k, v, options) =>
        attention(q, k, v, { ...options, pos: (options?.pos ?? 0) - 1 }),
    },
  },
  {
    name: "mask-includes-next",
    explanation:
      "a token sees the next one; Gemma's tokens see no later ones (shows while prefilling)",
    components: {
      attention: (q, k, v, options) =>
        attention(q, k, v, { ...options, pos: (options?.pos ?? 0) + 1 }),
    },
  },
];

function rmsNormEpsOutside(
  x: NdArray,
  weight: NdArray,
  options: Parameters<typeof rmsNorm>[2] = {},
): NdArray {
  const { eps = 1e-6, normOffset = 1, precision = float32 } = options;
  const [L, D] = x.shape;
  const y = options.out ?? zeros([L, D], precision);
  for (let l = 0; l < L; l++) {
    let sumOfSquares = 0;
    for (let d = 0; d < D; d++) sumOfSquares += x.get(l, d) ** 2;
    const rms = Math.sqrt(sumOfSquares / D) + eps;
    for (let d = 0; d < D; d++) {
      y.set(l, d, precision.round((x.get(l, d) / rms) * (normOffset + weight.get(d))));
    }
  }
  return y;
}

function gegluErf(gate: NdArray, up: NdArray, options: Parameters<typeof geglu>[2] = {}): NdArray {
  const { precision = float32 } = options;
  const [L, F] = gate.shape;
  const y = options.out ?? zeros([L, F], precision);
  for (let l = 0; l < L; l++) {
    for (let f = 0; f < F; f++) {
      const x = gate.get(l, f);
      const activated = precision.round(0.5 * x * (1 + erf(x / Math.SQRT2)));
      y.set(l, f, precision.round(activated * up.get(l, f)));
    }
  }
  return y;
}

/** Abramowitz & Stegun 1964, 7.1.26: within 1.5e-7, where the bug to be shown is off by 4.7e-4. */
function erf(x: number): number {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const series =
    t *
    (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return Math.sign(x) * (1 - series * Math.exp(-x * x));
}

function ropeInterleaved(
  x: NdArray,
  pos: number,
  options: Parameters<typeof applyRope>[2] = {},
): NdArray {
  // Rotating neighbours is rotating halves of a permuted head.
  const { precision = float32 } = options;
  const [L, N, H] = x.shape;
  const halves = zeros(x.shape, precision);
  const y = options.out ?? zeros(x.shape, precision);
  const each = (visit: (l: number, n: number, h: number, half: number) => void) => {
    for (let l = 0; l < L; l++) {
      for (let n = 0; n < N; n++) {
        for (let h = 0; h < H; h++) visit(l, n, h, (h >> 1) + (h & 1 ? H / 2 : 0));
      }
    }
  };
  each((l, n, h, half) => halves.set(l, n, half, x.get(l, n, h)));
  applyRope(halves, pos, { ...options, out: halves });
  each((l, n, h, half) => y.set(l, n, h, halves.get(l, n, half)));
  return y;
}

function attentionHeadModulo(
  q: NdArray,
  k: NdArray,
  v: NdArray,
  options: Parameters<typeof attention>[3] = {},
): NdArray {
  const { precision = float32 } = options;
  const [L, N, H] = q.shape;
  const K = k.shape[1];
  const z = options.out ?? zeros(q.shape, precision);
  /** One head of x [rows, heads, H], still in place: [rows, 1, H]. */
  const head = (x: NdArray, n: number) => x.lo(0, n, 0).hi(x.shape[0], 1, H);
  for (let n = 0; n < N; n++) {
    const one = tensor(precision.alloc(L * H), [L, 1, H]);
    attention(head(q, n), head(k, n % K), head(v, n % K), { ...options, out: one });
    for (let l = 0; l < L; l++) for (let h = 0; h < H; h++) z.set(l, n, h, one.get(l, 0, h));
  }
  return z;
}
