/** Mistakes that a day of tests named rightly before there was a conformance suite. */
import { attentionBy, type BackendMistake, kernelMistake, rowsOf, type Tensor } from "./mistake.ts";

function erf(x: number): number {
  // Abramowitz & Stegun 7.1.26, to 1.5e-7.
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const poly =
    ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  return Math.sign(x) * (1 - poly * Math.exp(-x * x));
}

export const NAMED_BEFORE: readonly BackendMistake[] = [
  kernelMistake(
    "matmul-in-out",
    "The weight is taken as [D, F].",
    "matmul",
    /\[in, out\]/,
    () =>
      (dst, x, { shape, data }, { from, count, into = from }) => {
        const [F, D] = shape;
        for (let r = 0; r < count; r++) {
          for (let f = 0; f < F; f++) {
            let sum = 0;
            for (let d = 0; d < D; d++) sum += x.data[(from + r) * D + d] * data[d * F + f];
            dst.data[(into + r) * F + f] = sum;
          }
        }
      },
  ),
  kernelMistake(
    "norm-without-one",
    "rmsNorm multiplies by the weight alone.",
    "rmsNorm",
    /weight alone|normOffset was taken for 0/,
    (right) => (dst, x, weight, rows, eps) =>
      right(dst, x, { ...weight, normOffset: 0 }, rows, eps),
  ),
  kernelMistake(
    "rope-interleaved",
    "rope pairs neighbours.",
    "rope",
    /pairs neighbours/,
    (right) => (dst, x, spans, heads, headDim, theta) => {
      const half = headDim / 2;
      const to = (i: number) => (i % 2) * half + (i >> 1);
      const shuffled = (t: Tensor, back: boolean): Tensor => {
        const data = t.data.map((_, at) => {
          const [head, i] = [at - (at % headDim), at % headDim];
          if (back) return t.data[head + to(i)];
          return t.data[head + (i < half ? 2 * i : 2 * (i - half) + 1)];
        });
        return { columns: t.columns, data };
      };
      const out = shuffled(dst, false);
      right(out, shuffled(x, false), spans, heads, headDim, theta);
      dst.data.set(shuffled(out, true).data);
    },
  ),
  kernelMistake(
    "attention-sees-next",
    "The row at position p sees position p + 1.",
    "attention",
    /sees the position behind its own/,
    () => attentionBy({ seen: (position) => position + 2 }),
  ),
  kernelMistake(
    "attention-not-itself",
    "The row at position p does not see position p.",
    "attention",
    /does not see its own position/,
    () => attentionBy({ seen: (position) => Math.max(1, position) }),
  ),
  kernelMistake("attention-no-scale", "Scores are not scaled.", "attention", /not scaled/, () =>
    attentionBy({ scaled: () => 1 }),
  ),
  kernelMistake(
    "attention-head-modulo",
    "Query head n reads key-value head n mod K.",
    "attention",
    /n mod K/,
    () => attentionBy({ headOf: (n, _, K) => n % K }),
  ),
  kernelMistake(
    "gelu-erf",
    "geglu has the exact GELU.",
    "geglu",
    /with erf/,
    () =>
      (dst, gate, up, { from, count, into = from }) => {
        const F = dst.columns;
        for (let i = 0; i < count * F; i++) {
          const x = gate.data[from * F + i];
          const gelu = 0.5 * x * (1 + erf(x / Math.SQRT2));
          dst.data[into * F + i] = gelu * up.data[from * F + i];
        }
      },
  ),
  kernelMistake(
    "gate-up-swapped",
    "geglu takes up through GELU.",
    "geglu",
    /exchanged/,
    (right) => (dst, gate, up, rows) => right(dst, up, gate, rows),
  ),
  kernelMistake(
    "whole-buffer",
    "geglu writes the whole buffer, not the rows that are named.",
    "geglu",
    /rows from 2: row 0 of dst was written/,
    (right) => (dst, gate, up) =>
      right(dst, gate, up, { from: 0, count: dst.data.length / dst.columns }),
  ),
  kernelMistake(
    "add-forgets-x",
    "add copies y.",
    "add",
    /x was not added/,
    () => (dst, _, y, rows) => {
      const { from, into = from } = rows;
      dst.data.set(rowsOf(y, rows), into * dst.columns);
    },
  ),
];
