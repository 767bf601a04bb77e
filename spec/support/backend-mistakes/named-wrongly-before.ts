/** Mistakes that a day of tests noticed, with a wrong name or none, before there was a conformance suite. */
import { type BackendMistake, kernelMistake, mistake } from "./mistake.ts";

export const NAMED_WRONGLY_BEFORE: readonly BackendMistake[] = [
  kernelMistake(
    "embed-unscaled",
    "embed takes no notice of scale.",
    "embed",
    /as they are/,
    (right) => (dst, table, ids, rows) => right(dst, table, ids, rows, 1),
  ),
  kernelMistake(
    "kv-swapped",
    "kvWrite exchanges k and v.",
    "kvWrite",
    /exchanged/,
    (right) => (layer, k, v, spans) => right(layer, v, k, spans),
  ),
  kernelMistake(
    "rope-in-place",
    "rope overwrites what it has yet to read, where dst is x.",
    "rope",
    /in place.*before the second was computed/,
    (right) => (dst, x, spans, heads, headDim, theta) => {
      if (dst !== x) return right(dst, x, spans, heads, headDim, theta);
      const half = headDim / 2;
      const before = x.data.slice();
      right(dst, x, spans, heads, headDim, theta);
      for (const { from, count } of spans) {
        for (let at = from * x.columns; at < (from + count) * x.columns; at++) {
          if (at % headDim < half) continue;
          // y₂ = x₂·cos + x₁·sin became x₂·cos + y₁·sin.
          const [x1, x2, y1] = [before[at - half], before[at], x.data[at - half]];
          const norm = x1 * x1 + x2 * x2 || 1;
          const [cos, sin] = [
            (x1 * y1 + x2 * x.data[at]) / norm,
            (x1 * x.data[at] - x2 * y1) / norm,
          ];
          x.data[at] = x2 * cos + y1 * sin;
        }
      }
    },
  ),
  kernelMistake(
    "matmul-accumulates",
    "matmul adds to what dst held.",
    "matmul",
    /dst that held NaN/,
    (right) => (dst, x, weight, rows) => {
      const held = dst.data.slice();
      right(dst, x, weight, rows);
      const { from, count, into = from } = rows;
      for (let i = into * dst.columns; i < (into + count) * dst.columns; i++)
        dst.data[i] += held[i];
    },
  ),
  kernelMistake(
    "eps-outside-root",
    "rmsNorm adds ε to the root.",
    "rmsNorm",
    /√mean\(x²\) \+ ε/,
    () =>
      (dst, x, weight, { from, count, into = from }, eps) => {
        const D = x.columns;
        for (let r = 0; r < count; r++) {
          let squares = 0;
          for (let d = 0; d < D; d++) squares += x.data[(from + r) * D + d] ** 2;
          const inverse = 1 / (Math.sqrt(squares / D) + eps);
          for (let d = 0; d < D; d++) {
            const gain = weight.normOffset + weight.data[d];
            dst.data[(into + r) * D + d] = x.data[(from + r) * D + d] * inverse * gain;
          }
        }
      },
  ),
  mistake("read-ignores-from", "read gives rows from 0 on.", "read", /2 rows from 1/, (right) => ({
    read: (src, { count }, signal) => right.read(src, { from: 0, count }, signal),
  })),
  mistake("alloc-one-row", "alloc makes room for one row.", "alloc", /9 rows of 5/, (right) => ({
    alloc: (label, _, columns) => right.alloc(label, 1, columns),
    // Numbers beyond the end are lost, as on a GPU.
    write: (dst, data) => dst.data.set(data.subarray(0, dst.data.length)),
  })),
];
