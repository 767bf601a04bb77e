/**
 * The fast twins of nn/backward/linear.ts: the same sums in the same order, hence the same bits.
 *
 * The summed axis goes down the rows of what is read, where the tile of add-products.ts wants it along them. So both sides are
 * turned first, as float64, a stretch at a time. Sums stay float64 from the first product to the last, and go on where
 * the stretch before left them: upwards, as if there were no stretches.
 * @module
 */
import { type Stored, widenRow } from "../../tensor/stored.ts";
import type { NdArray } from "../../tensor/tensor.ts";
import { addProducts, rows64 } from "./add-products.ts";

/** Numbers of the summed axis in a stretch. */
const STRETCH = 64;

/** Sums that there are at a time, in rows and columns. */
const BLOCK = 256;

/**
 * dx[l,d] = Σ_f dy[l,f] · weight[f,d], added to what `dx` holds if `add` is true. `dy` is [L, F], `weight` [F, D], `dx` [L, D];
 * summed in float64 from f = 0 upwards, rounded once on store. Shapes are the caller's to check.
 */
export function matmulInput(
  dx: NdArray,
  dy: NdArray,
  weight: Stored,
  add: boolean,
  round: (x: number) => number,
): void {
  const [L, D] = dx.shape;
  const [F] = weight.shape;
  const step = oddLines(STRETCH);
  const turned = new Float64Array(D * step);
  const some = new Float64Array(Math.min(BLOCK, L) * STRETCH);
  const row = new Float64Array(D);
  for (let begin = 0; begin < L; begin += BLOCK) {
    const count = Math.min(BLOCK, L - begin);
    const sums = new Float64Array(count * D);
    for (let f = 0; f < F; f += STRETCH) {
      const length = Math.min(STRETCH, F - f);
      for (let i = 0; i < length; i++) {
        widenRow(weight, f + i, row);
        for (let d = 0; d < D; d++) turned[d * step + i] = row[d];
      }
      for (let l = 0; l < count; l++) {
        const from = dy.offset + (begin + l) * dy.stride[0] + f;
        for (let i = 0; i < length; i++) some[l * length + i] = dy.data[from + i];
      }
      const [a, b] = [rows64(some, length), rows64(turned, step)];
      addProducts(rows64(sums, D), a, b, count, D, length);
    }
    store(dx, begin, 0, sums, count, D, add, round);
  }
}

/**
 * dWeight[f,d] += Σ_l dy[l,f] · x[l,d]. `dy` is [L, F], `x` [L, D], `dWeight` [F, D]; summed in float64 from l = 0 upwards, then
 * added, and rounded once on store. Shapes are the caller's to check.
 */
export function matmulWeight(
  dWeight: NdArray,
  dy: NdArray,
  x: NdArray,
  round: (x: number) => number,
): void {
  const [F, D] = dWeight.shape;
  const [L] = x.shape;
  const step = oddLines(L);
  const dyTurned = new Float64Array(Math.min(BLOCK, F) * step);
  const xTurned = new Float64Array(Math.min(BLOCK, D) * step);
  for (let d = 0; d < D; d += BLOCK) {
    const columns = Math.min(BLOCK, D - d);
    turn(x, d, columns, xTurned, step);
    for (let f = 0; f < F; f += BLOCK) {
      const rows = Math.min(BLOCK, F - f);
      turn(dy, f, rows, dyTurned, step);
      const sums = new Float64Array(rows * columns);
      const [a, b] = [rows64(dyTurned, step), rows64(xTurned, step)];
      addProducts(rows64(sums, columns), a, b, rows, columns, L);
      store(dWeight, f, d, sums, rows, columns, true, round);
    }
  }
}

/**
 * The next length that is an odd number of the processor's cache lines, 64 bytes each: columns that are as far apart do not
 * compete for the same places of its first cache.
 */
function oddLines(length: number): number {
  return 8 * (2 * Math.ceil((length / 8 - 1) / 2) + 1);
}

/** Columns `begin` to `begin + count` of `x` [L, …] as rows: `out` [count, step]. */
function turn(x: NdArray, begin: number, count: number, out: Float64Array, step: number): void {
  const [L] = x.shape;
  const X = x.data;
  for (let l = 0; l < L; l++) {
    const from = x.offset + l * x.stride[0] + begin;
    for (let c = 0; c < count; c++) out[c * step + l] = X[from + c];
  }
}

/** `sums` [rows, columns], rounded, to `out` from (row, column) on. */
function store(
  out: NdArray,
  row: number,
  column: number,
  sums: Float64Array,
  rows: number,
  columns: number,
  add: boolean,
  round: (x: number) => number,
): void {
  const Y = out.data;
  // Memory of float32 rounds by itself, which spares a call for each number.
  const isRounded = round === Math.fround && Y instanceof Float32Array;
  for (let r = 0; r < rows; r++) {
    const to = out.offset + (row + r) * out.stride[0] + column;
    const from = r * columns;
    if (isRounded && add) {
      for (let c = 0; c < columns; c++) Y[to + c] += sums[from + c];
      continue;
    }
    for (let c = 0; c < columns; c++) {
      Y[to + c] = round(add ? Y[to + c] + sums[from + c] : sums[from + c]);
    }
  }
}
