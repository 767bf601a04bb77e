/** Mistakes of kernels that take rows. */
import { type BackendMistake, kernelMistake, mistake, type NaiveOps } from "./mistake.ts";

export const ROWS: readonly BackendMistake[] = [
  kernelMistake(
    "embed-first-ids",
    "embed looks up ids from 0 on, whatever `from` says.",
    "embed",
    /rows from 2: row 0 of the sources was taken/,
    (right) => (dst, table, ids, rows, scale) => {
      const { from, count, into = from } = rows;
      right(dst, table, ids, { from: 0, count, into }, scale);
    },
  ),
  kernelMistake(
    "embed-scale-root",
    "embed multiplies by √D, whatever `scale` says.",
    "embed",
    /scale 1\.5/,
    (right) => (dst, table, ids, rows) => right(dst, table, ids, rows, Math.sqrt(dst.columns)),
  ),
  kernelMistake(
    "embed-16-bits",
    "embed keeps ids in 16 bits.",
    "embed",
    /65,540 rows/,
    (right) => (dst, table, ids, rows, scale) =>
      right(dst, table, Int32Array.from(Uint16Array.from(ids)), rows, scale),
  ),
  kernelMistake(
    "norm-eps-fixed",
    "rmsNorm has an ε of 1e-6, whatever `eps` says.",
    "rmsNorm",
    /eps 0\.25/,
    (right) => (dst, x, weight, rows) => right(dst, x, weight, rows, 1e-6),
  ),
  mistake(
    "norm-offset-of-last",
    "rmsNorm adds the normOffset of the weight that was uploaded last.",
    "rmsNorm",
    /normOffset of three weights/,
    (right) => {
      let last: 0 | 1 = 1;
      const rmsNorm: NaiveOps["rmsNorm"] = (dst, x, weight, rows, eps) =>
        right.ops.rmsNorm(dst, x, { ...weight, normOffset: last }, rows, eps);
      return {
        ops: { ...right.ops, rmsNorm },
        upload(source, signal) {
          last = source.normOffset ?? 1;
          return right.upload(source, signal);
        },
      };
    },
  ),
  kernelMistake(
    "matmul-64-rows",
    "matmul computes the first 65,535 outputs only.",
    "matmul",
    /65,540 rows/,
    (right) => (dst, x, weight, rows) => {
      const { from, count, into = from } = rows;
      right(dst, x, weight, rows);
      for (let r = into; r < into + count; r++) {
        dst.data.fill(0, r * dst.columns + 65535, (r + 1) * dst.columns);
      }
    },
  ),
  kernelMistake(
    "matmul-32-rows",
    "matmul computes the first 16 rows of a call only.",
    "matmul",
    /many rows/,
    (right) =>
      (dst, x, weight, { from, count, into }) =>
        right(dst, x, weight, { from, count: Math.min(count, 16), into }),
  ),
  kernelMistake(
    "matmul-reads-beside",
    "matmul reads the row behind the last, and multiplies it by 0.",
    "matmul",
    /hold NaN/,
    (right) => (dst, x, weight, rows) => {
      right(dst, x, weight, rows);
      const { from, count, into = from } = rows;
      const behind = x.data[(from + count) * x.columns] ?? 0;
      for (let i = into * dst.columns; i < (into + count) * dst.columns; i++) {
        dst.data[i] += behind * 0;
      }
    },
  ),
  kernelMistake(
    "add-one-row-too-many",
    "add of no rows writes one.",
    "add",
    /no rows \(count 0\): row 2 of dst/,
    (right) => (dst, x, y, rows) => right(dst, x, y, { ...rows, count: Math.max(1, rows.count) }),
  ),
  kernelMistake(
    "add-in-place-from-zero",
    "add in place begins at row 0.",
    "add",
    /in place/,
    (right) => (dst, x, y, rows) =>
      right(dst, x, y, dst === x ? { from: 0, count: rows.count } : rows),
  ),
  kernelMistake(
    "geglu-tanh-overflows",
    "geglu takes tanh for (e^2x − 1) / (e^2x + 1) in float32.",
    "geglu",
    /NaN/,
    () =>
      (dst, gate, up, { from, count, into = from }) => {
        const F = dst.columns;
        for (let i = 0; i < count * F; i++) {
          const x = gate.data[from * F + i];
          const e = Math.fround(Math.exp(2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
          const tanh = Math.fround(e - 1) / Math.fround(e + 1);
          dst.data[into * F + i] = 0.5 * x * (1 + tanh) * up.data[from * F + i];
        }
      },
  ),
  kernelMistake(
    "kernel-promises",
    "add is asynchronous.",
    "add",
    /gave a promise/,
    (right) =>
      (async (...args: Parameters<NaiveOps["add"]>) => {
        await Promise.resolve();
        right(...args);
      }) as unknown as NaiveOps["add"],
  ),
  kernelMistake(
    "rows-changed",
    "add fills `into` in the rows that it is given.",
    "add",
    /threw TypeError/,
    (right) => (dst, x, y, rows) => {
      const mine = rows as { into?: number };
      mine.into ??= rows.from;
      right(dst, x, y, rows);
    },
  ),
];
