/**
 * A product of matrices in float64, as fast as plain JavaScript makes it: a tile of 4 × 2 sums that do not wait for one another,
 * for the reasons that matmul.ts gives; of rows that are left over, 1 × 4.
 * @module
 */

/** Rows in the tile. */
export const TILE_ROWS = 4;
const TILE_COLUMNS = 2;

/** Rows of numbers, `step` apart, from `at` on. */
export interface Rows64 {
  readonly data: Float64Array;
  readonly at: number;
  readonly step: number;
}

/** sums [M, N] += a [M, K] · b [N, K]ᵀ. Each sum goes on from what it holds, and takes its products upwards. */
export function addProducts(
  sums: Rows64,
  a: Rows64,
  b: Rows64,
  M: number,
  N: number,
  K: number,
): void {
  const whole = M - (M % TILE_ROWS);
  const even = N - (N % TILE_COLUMNS);
  for (let m = 0; m < whole; m += TILE_ROWS) {
    for (let n = 0; n < even; n += TILE_COLUMNS) tile4x2(sums, a, b, m, n, K);
    for (let r = 0; even < N && r < TILE_ROWS; r++) one(sums, a, b, m + r, even, K);
  }
  const fours = N - (N % TILE_ROWS);
  for (let m = whole; m < M; m++) {
    for (let n = 0; n < fours; n += TILE_ROWS) tile1x4(sums, a, b, m, n, K);
    for (let n = fours; n < N; n++) one(sums, a, b, m, n, K);
  }
}

function tile4x2(sums: Rows64, a: Rows64, b: Rows64, m: number, n: number, K: number): void {
  const { data: S, step } = sums;
  const { data: A } = a;
  const { data: B } = b;
  const s0 = sums.at + m * step + n;
  const s1 = s0 + step;
  const s2 = s1 + step;
  const s3 = s2 + step;
  let p0 = S[s0];
  let p1 = S[s1];
  let p2 = S[s2];
  let p3 = S[s3];
  let q0 = S[s0 + 1];
  let q1 = S[s1 + 1];
  let q2 = S[s2 + 1];
  let q3 = S[s3 + 1];
  const a0 = a.at + m * a.step;
  const a1 = a0 + a.step;
  const a2 = a1 + a.step;
  const a3 = a2 + a.step;
  const b0 = b.at + n * b.step;
  const b1 = b0 + b.step;
  for (let k = 0; k < K; k++) {
    const p = B[b0 + k];
    const q = B[b1 + k];
    let v = A[a0 + k];
    p0 += v * p;
    q0 += v * q;
    v = A[a1 + k];
    p1 += v * p;
    q1 += v * q;
    v = A[a2 + k];
    p2 += v * p;
    q2 += v * q;
    v = A[a3 + k];
    p3 += v * p;
    q3 += v * q;
  }
  S[s0] = p0;
  S[s1] = p1;
  S[s2] = p2;
  S[s3] = p3;
  S[s0 + 1] = q0;
  S[s1 + 1] = q1;
  S[s2 + 1] = q2;
  S[s3 + 1] = q3;
}

function tile1x4(sums: Rows64, a: Rows64, b: Rows64, m: number, n: number, K: number): void {
  const { data: S } = sums;
  const { data: A } = a;
  const { data: B } = b;
  const at = sums.at + m * sums.step + n;
  let p = S[at];
  let q = S[at + 1];
  let r = S[at + 2];
  let s = S[at + 3];
  const from = a.at + m * a.step;
  const b0 = b.at + n * b.step;
  const b1 = b0 + b.step;
  const b2 = b1 + b.step;
  const b3 = b2 + b.step;
  for (let k = 0; k < K; k++) {
    const v = A[from + k];
    p += v * B[b0 + k];
    q += v * B[b1 + k];
    r += v * B[b2 + k];
    s += v * B[b3 + k];
  }
  S[at] = p;
  S[at + 1] = q;
  S[at + 2] = r;
  S[at + 3] = s;
}

function one(sums: Rows64, a: Rows64, b: Rows64, m: number, n: number, K: number): void {
  const at = sums.at + m * sums.step + n;
  const [am, bn] = [a.at + m * a.step, b.at + n * b.step];
  let sum = sums.data[at];
  for (let k = 0; k < K; k++) sum += a.data[am + k] * b.data[bn + k];
  sums.data[at] = sum;
}

/** Dense rows of `step` numbers. */
export function rows64(data: Float64Array, step: number, at = 0): Rows64 {
  return { data, at, step };
}
