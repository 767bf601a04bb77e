/**
 * A product of matrices in float64, as fast as plain JavaScript makes it: a tile of 4 × 2 sums that do not wait for one another,
 * for the reasons that matmul.ts gives.
 * @module
 */

const ROWS = 4;
const COLUMNS = 2;

/** sums [M, N] += a [M, K] · b [N, K]ᵀ, all dense; each sum goes on from what it holds, upwards. */
export function addProducts(
  sums: Float64Array,
  a: Float64Array,
  b: Float64Array,
  M: number,
  N: number,
  K: number,
): void {
  let m = 0;
  for (; m + ROWS <= M; m += ROWS) {
    let n = 0;
    for (; n + COLUMNS <= N; n += COLUMNS) tile4x2(sums, a, b, m, n, N, K);
    if (n < N) for (let r = 0; r < ROWS; r++) one(sums, a, b, m + r, n, N, K);
  }
  for (; m < M; m++) for (let n = 0; n < N; n++) one(sums, a, b, m, n, N, K);
}

function tile4x2(
  sums: Float64Array,
  a: Float64Array,
  b: Float64Array,
  m: number,
  n: number,
  N: number,
  K: number,
): void {
  const s0 = m * N + n;
  const [s1, s2, s3] = [s0 + N, s0 + 2 * N, s0 + 3 * N];
  let p0 = sums[s0];
  let p1 = sums[s1];
  let p2 = sums[s2];
  let p3 = sums[s3];
  let q0 = sums[s0 + 1];
  let q1 = sums[s1 + 1];
  let q2 = sums[s2 + 1];
  let q3 = sums[s3 + 1];
  const a0 = m * K;
  const a1 = a0 + K;
  const a2 = a1 + K;
  const a3 = a2 + K;
  const b0 = n * K;
  const b1 = b0 + K;
  for (let k = 0; k < K; k++) {
    const p = b[b0 + k];
    const q = b[b1 + k];
    let v = a[a0 + k];
    p0 += v * p;
    q0 += v * q;
    v = a[a1 + k];
    p1 += v * p;
    q1 += v * q;
    v = a[a2 + k];
    p2 += v * p;
    q2 += v * q;
    v = a[a3 + k];
    p3 += v * p;
    q3 += v * q;
  }
  sums[s0] = p0;
  sums[s1] = p1;
  sums[s2] = p2;
  sums[s3] = p3;
  sums[s0 + 1] = q0;
  sums[s1 + 1] = q1;
  sums[s2 + 1] = q2;
  sums[s3 + 1] = q3;
}

function one(
  sums: Float64Array,
  a: Float64Array,
  b: Float64Array,
  m: number,
  n: number,
  N: number,
  K: number,
): void {
  let sum = sums[m * N + n];
  for (let k = 0; k < K; k++) sum += a[m * K + k] * b[n * K + k];
  sums[m * N + n] = sum;
}
