/**
 * The fast twin of nn/linear.ts: the same sums in the same order, hence the same bits, about three
 * times as fast (`npm run bench`).
 *
 * One sum at a time is bound by the latency of the addition: each waits for the one before. So
 * several sums are kept going at once: a tile of 4 rows of x by 2 rows of the weight is 8
 * independent sums from 6 loads, and as many values as x86-64 and arm64 have registers for (4 × 4 is
 * slower here: it spills). The tile is over rows and columns, never over the summed axis, and each
 * sum still runs from d = 0 upwards.
 * @module
 */
import { type Stored, widenRow } from "../../tensor/stored.ts";
import type { FloatArray, NdArray } from "../../tensor/tensor.ts";

const ROWS = 4;

/**
 * Columns `begin` to `end` (exclusive) of y = x · weightᵀ, where `x` is [L, D], `weight` [F, D] dense,
 * `y` [L, F]; rounded once on store. Shapes are the caller's to check.
 */
export function matmulColumns(
  x: NdArray,
  weight: Stored,
  y: NdArray,
  begin: number,
  end: number,
  round: (x: number) => number,
): void {
  const [L, D] = x.shape;
  if (L === 1 && weight.dtype === "bfloat16") {
    begin = oneRowBfloat16(x, weight.data as Uint16Array, y, begin, end, round);
  } else if (L === 1 && weight.dtype === "float32") {
    begin = oneRowFloat32(x, weight.data as Float32Array, y, begin, end, round);
  }

  const even = new Float64Array(D);
  const odd = new Float64Array(D);
  for (let f = begin; f < end; f += 2) {
    // An odd last column is computed twice, side by side with itself.
    const g = Math.min(f + 1, end - 1);
    widenRow(weight, f, even);
    widenRow(weight, g, odd);
    let l = 0;
    for (; l + ROWS <= L; l += ROWS) tile4x2(x, l, even, odd, y, f, g, round);
    for (; l < L; l++) tile1x2(x, l, even, odd, y, f, g, round);
  }
}

function tile4x2(
  x: NdArray,
  l: number,
  even: Float64Array,
  odd: Float64Array,
  y: NdArray,
  f: number,
  g: number,
  round: (x: number) => number,
): void {
  const X = x.data;
  const D = even.length;
  const x0 = x.offset + l * x.stride[0];
  const x1 = x0 + x.stride[0];
  const x2 = x1 + x.stride[0];
  const x3 = x2 + x.stride[0];
  let a0 = 0;
  let a1 = 0;
  let a2 = 0;
  let a3 = 0;
  let b0 = 0;
  let b1 = 0;
  let b2 = 0;
  let b3 = 0;
  for (let d = 0; d < D; d++) {
    const a = even[d];
    const b = odd[d];
    let v = X[x0 + d];
    a0 += v * a;
    b0 += v * b;
    v = X[x1 + d];
    a1 += v * a;
    b1 += v * b;
    v = X[x2 + d];
    a2 += v * a;
    b2 += v * b;
    v = X[x3 + d];
    a3 += v * a;
    b3 += v * b;
  }
  const Y = y.data;
  const step = y.stride[0];
  let at = y.offset + l * step;
  Y[at + f] = round(a0);
  Y[at + g] = round(b0);
  at += step;
  Y[at + f] = round(a1);
  Y[at + g] = round(b1);
  at += step;
  Y[at + f] = round(a2);
  Y[at + g] = round(b2);
  at += step;
  Y[at + f] = round(a3);
  Y[at + g] = round(b3);
}

function tile1x2(
  x: NdArray,
  l: number,
  even: Float64Array,
  odd: Float64Array,
  y: NdArray,
  f: number,
  g: number,
  round: (x: number) => number,
): void {
  const X = x.data;
  const D = even.length;
  const xl = x.offset + l * x.stride[0];
  let a = 0;
  let b = 0;
  for (let d = 0; d < D; d++) {
    const v = X[xl + d];
    a += v * even[d];
    b += v * odd[d];
  }
  const at = y.offset + l * y.stride[0];
  y.data[at + f] = round(a);
  y.data[at + g] = round(b);
}

/** Decoding: with one row of x nothing is reused, so four rows of the weight are read in place. */
function oneRowFloat32(
  x: NdArray,
  W: Float32Array,
  y: NdArray,
  begin: number,
  end: number,
  round: (x: number) => number,
): number {
  const X: FloatArray = x.data;
  const D = x.shape[1];
  let f = begin;
  for (; f + 4 <= end; f += 4) {
    const w0 = f * D;
    const w1 = w0 + D;
    const w2 = w1 + D;
    const w3 = w2 + D;
    let a = 0;
    let b = 0;
    let c = 0;
    let e = 0;
    for (let d = 0; d < D; d++) {
      const v = X[x.offset + d];
      a += v * W[w0 + d];
      b += v * W[w1 + d];
      c += v * W[w2 + d];
      e += v * W[w3 + d];
    }
    y.data.set([round(a), round(b), round(c), round(e)], y.offset + f);
  }
  return f;
}

const wide = new Float32Array(4);
const bits = new Uint32Array(wide.buffer);

/** As {@link oneRowFloat32}, widening in the loop: a bfloat16 is the upper half of a float32. */
function oneRowBfloat16(
  x: NdArray,
  W: Uint16Array,
  y: NdArray,
  begin: number,
  end: number,
  round: (x: number) => number,
): number {
  const X: FloatArray = x.data;
  const D = x.shape[1];
  let f = begin;
  for (; f + 4 <= end; f += 4) {
    const w0 = f * D;
    const w1 = w0 + D;
    const w2 = w1 + D;
    const w3 = w2 + D;
    let a = 0;
    let b = 0;
    let c = 0;
    let e = 0;
    for (let d = 0; d < D; d++) {
      const v = X[x.offset + d];
      bits[0] = W[w0 + d] << 16;
      bits[1] = W[w1 + d] << 16;
      bits[2] = W[w2 + d] << 16;
      bits[3] = W[w3 + d] << 16;
      a += v * wide[0];
      b += v * wide[1];
      c += v * wide[2];
      e += v * wide[3];
    }
    y.data.set([round(a), round(b), round(c), round(e)], y.offset + f);
  }
  return f;
}
