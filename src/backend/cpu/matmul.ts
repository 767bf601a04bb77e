/**
 * The fast twin of nn/linear.ts: the same sums in the same order, hence the same bits, about three
 * times as fast (`npm run bench`).
 *
 * One sum at a time is bound by the latency of the addition: each waits for the one before. So
 * several sums are kept going at once: a tile of 4 rows of x by 2 rows of the weight is 8
 * independent sums from 6 loads, and fits the 16 registers of x86-64 (4 × 4 is slower: it spills). The
 * tile is over rows and columns, never over the summed axis, and each sum still runs from d = 0 upwards.
 * @module
 */
import { type DType, type Stored, widenRow } from "../../tensor/stored.ts";
import { type FloatArray, type NdArray, tensor } from "../../tensor/tensor.ts";

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
  if (L < ROWS && canGoByRow(weight)) {
    let next = begin;
    for (let l = 0; l < L; l++) next = oneRow(rowOf(x, l), weight, rowOf(y, l), begin, end, round);
    begin = next;
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

/** Whether {@link oneRow} knows the dtype. */
function canGoByRow(weight: Stored): boolean {
  const { dtype } = weight;
  return dtype === "float32" || ((dtype === "bfloat16" || dtype === "float16") && isPaired(weight));
}

/** A row of less than a tile: faster by itself than in tiles of one, for which weights are widened first. */
function oneRow(
  x: NdArray,
  weight: Stored,
  y: NdArray,
  begin: number,
  end: number,
  round: (x: number) => number,
): number {
  const { dtype, data } = weight;
  return dtype === "float32"
    ? oneRowFloat32(x, data as Float32Array, y, begin, end, round)
    : oneRow16(x, weight, tableOf(dtype as "bfloat16" | "float16"), y, begin, end, round);
}

function rowOf(t: NdArray, l: number): NdArray {
  return tensor(t.data as FloatArray, [1, t.shape[1]], t.offset + l * t.stride[0]);
}

/**
 * Decoding: with one row of x nothing is reused, so four rows of the weight are read in place.
 * @returns the first column that is left over.
 */
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

/**
 * As {@link oneRowFloat32}, for the dtypes of 16 bits: two numbers of a row are read as one word and
 * widened by a table. Of its 65,536 numbers a model's weights are some thousands, which stay in the processor's cache.
 */
function oneRow16(
  x: NdArray,
  { data, shape: [, D] }: Stored,
  table: Float64Array,
  y: NdArray,
  begin: number,
  end: number,
  round: (x: number) => number,
): number {
  const pairs = new Uint32Array(data.buffer, data.byteOffset, data.length / 2);
  const X = Float64Array.from((x.data as FloatArray).subarray(x.offset, x.offset + D));
  const P = D / 2;
  let f = begin;
  for (; f + 4 <= end; f += 4) {
    const w0 = f * P;
    const w1 = w0 + P;
    const w2 = w1 + P;
    const w3 = w2 + P;
    let a = 0;
    let b = 0;
    let c = 0;
    let e = 0;
    for (let i = 0; i < P; i++) {
      const v = X[2 * i];
      const u = X[2 * i + 1];
      const p = pairs[w0 + i];
      const q = pairs[w1 + i];
      const r = pairs[w2 + i];
      const s = pairs[w3 + i];
      a += v * table[p & 0xffff];
      b += v * table[q & 0xffff];
      c += v * table[r & 0xffff];
      e += v * table[s & 0xffff];
      a += u * table[p >>> 16];
      b += u * table[q >>> 16];
      c += u * table[r >>> 16];
      e += u * table[s >>> 16];
    }
    y.data.set([round(a), round(b), round(c), round(e)], y.offset + f);
  }
  return f;
}

const tables = new Map<DType, Float64Array>();

/** All numbers of a dtype of 16 bits, by their bits; made when first needed. */
function tableOf(dtype: "bfloat16" | "float16"): Float64Array {
  let table = tables.get(dtype);
  if (!table) {
    const bits = Uint16Array.from({ length: 2 ** 16 }, (_, i) => i);
    table = new Float64Array(bits.length);
    widenRow({ dtype, shape: [bits.length], data: bits }, 0, table);
    tables.set(dtype, table);
  }
  return table;
}

/** Whether the rows of a weight can be read two numbers at a time. */
function isPaired({ data, shape: [, D] }: Stored): boolean {
  return D % 2 === 0 && data.byteOffset % 4 === 0;
}
