/**
 * The fast twin of nn/backward/attention.ts: the same sums in the same order, hence the same bits. As in attention.ts four
 * rows of queries go together. Gradients of keys and values sum over queries: for them four positions go together, once
 * the rows of a block have left what they share, turned.
 * @module
 */
import { softmaxInPlace } from "../../nn/softmax.ts";
import { float64, type Precision } from "../../tensor/precision.ts";
import type { NdArray } from "../../tensor/tensor.ts";
import { addProducts, type Rows64, rows64, TILE_ROWS } from "./add-products.ts";
import { addLater, headColumns, headRows, loadRows } from "./attention.ts";

/** Rows of queries in a block: it holds two numbers for each of them and each position. */
const BLOCK = 256;

/** Numbers between the rows of what is turned: at powers of two they would share lines of the processor's first cache. */
const APART = 8;

/** What nn/backward/attention.ts is told; all of it. */
export interface AttentionBackwardArguments {
  readonly scale: number;
  readonly precision: Precision;
  readonly dq: NdArray;
  readonly dk: NdArray;
  readonly dv: NdArray;
}

/**
 * `dz` [L, N, H], and `q` [L, N, H], `k` and `v` [L, K, H] of the forward, for a whole sequence → the gradients of the three.
 * Shapes are the caller's to check.
 */
export function tiledAttentionBackward(
  dz: NdArray,
  q: NdArray,
  k: NdArray,
  v: NdArray,
  { scale, precision, dq, dk, dv }: AttentionBackwardArguments,
): void {
  const [L, N, H] = q.shape;
  const [, K] = k.shape;
  const { round } = precision;
  const step = Math.min(BLOCK, L) + APART;
  const block = {
    /** [H, rows] */
    queries: new Float64Array(H * step),
    dzs: new Float64Array(H * step),
    /** [L, rows] */
    shares: new Float64Array(L * step),
    dScores: new Float64Array(L * step),
  };
  const [query, slope] = [new Float64Array(TILE_ROWS * H), new Float64Array(TILE_ROWS * H)];
  const [pattern, dPattern] = [new Float64Array(TILE_ROWS * L), new Float64Array(TILE_ROWS * L)];
  const dQuery = new Float64Array(TILE_ROWS * H);

  for (let kv = 0; kv < K; kv++) {
    const keys = headRows(k, kv, L);
    const keysTurned = headColumns(k, kv, L);
    const values = headRows(v, kv, L);
    const [dKeys, dValues] = [new Float64Array(L * H), new Float64Array(L * H)];
    for (let n = (kv * N) / K; n < ((kv + 1) * N) / K; n++) {
      for (let begin = 0; begin < L; begin += BLOCK) {
        const end = Math.min(L, begin + BLOCK);
        for (let first = begin; first < end; first += TILE_ROWS) {
          const rows = Math.min(TILE_ROWS, end - first);
          const common = first + 1;
          const seen = first + rows;
          loadRows(q, n, first, rows, query);
          for (let i = 0; i < rows * H; i++) query[i] *= scale;
          loadRows(dz, n, first, rows, slope);
          turn(query, rows, H, block.queries, first - begin, step);
          turn(slope, rows, H, block.dzs, first - begin, step);

          pattern.fill(0);
          dPattern.fill(0);
          addProducts(rows64(pattern, L), rows64(query, H), rows64(keys, H), rows, seen, H);
          addProducts(rows64(dPattern, L), rows64(slope, H), rows64(values, H), rows, seen, H);
          for (let r = 0; r < rows; r++) {
            const shares = pattern.subarray(r * L, r * L + common + r);
            const slopes = dPattern.subarray(r * L, r * L + common + r);
            softmaxBackwardInPlace(shares, slopes);
            const i = first + r - begin;
            for (let s = 0; s < shares.length; s++) {
              block.shares[s * step + i] = shares[s];
              block.dScores[s * step + i] = slopes[s];
            }
          }

          dQuery.fill(0);
          const dScores = rows64(dPattern, L);
          addProducts(rows64(dQuery, H), dScores, rows64(keysTurned, L), rows, H, common);
          addLater(dQuery, dPattern, keysTurned, rows, common, L, H);
          for (let r = 0; r < rows; r++) {
            const to = dq.offset + (first + r) * dq.stride[0] + n * dq.stride[1];
            for (let h = 0; h < H; h++) dq.data[to + h] = round(dQuery[r * H + h] * scale);
          }
        }
        const queries = rows64(block.queries, step);
        addOverRows(dKeys, rows64(block.dScores, step), queries, begin, end, H);
        addOverRows(dValues, rows64(block.shares, step), rows64(block.dzs, step), begin, end, H);
      }
    }
    store(dKeys, dk, kv, round);
    store(dValues, dv, kv, round);
  }
}

/** `scores` become the pattern, `slopes`, which are its gradient, that of the scores. */
function softmaxBackwardInPlace(scores: Float64Array, slopes: Float64Array): void {
  softmaxInPlace(scores, scores.length, float64.round);
  let average = 0;
  for (let s = 0; s < scores.length; s++) average += slopes[s] * scores[s];
  for (let s = 0; s < scores.length; s++) slopes[s] = scores[s] * (slopes[s] - average);
}

/** sums[s, h] += Σ_l shares[s, l] · columns[h, l], over the rows of a block that see position s: those from s on. */
function addOverRows(
  sums: Float64Array,
  shares: Rows64,
  columns: Rows64,
  begin: number,
  end: number,
  H: number,
): void {
  const { step } = shares;
  for (let first = 0; first < end; first += TILE_ROWS) {
    const positions = Math.min(TILE_ROWS, end - first);
    // From the row that sees all four on by the tile; before it, upwards, those that see some of them.
    const common = Math.max(begin, first + positions - 1);
    for (let s = first; s < first + positions; s++) {
      for (let l = Math.max(begin, s); l < common; l++) {
        const share = shares.data[s * step + l - begin];
        for (let h = 0; h < H; h++) sums[s * H + h] += share * columns.data[h * step + l - begin];
      }
    }
    const a = rows64(shares.data, step, first * step + common - begin);
    const b = rows64(columns.data, step, common - begin);
    addProducts(rows64(sums, H, first * H), a, b, positions, H, end - common);
  }
}

/** `x` [rows, H] to columns `at` … of `out` [H, step]. */
function turn(
  x: Float64Array,
  rows: number,
  H: number,
  out: Float64Array,
  at: number,
  step: number,
): void {
  for (let r = 0; r < rows; r++) {
    for (let h = 0; h < H; h++) out[h * step + at + r] = x[r * H + h];
  }
}

/** `x` [L, H] into head `kv` of `into` [L, K, H], each number rounded. */
function store(x: Float64Array, into: NdArray, kv: number, round: (x: number) => number): void {
  const [L, , H] = into.shape;
  for (let l = 0; l < L; l++) {
    const to = into.offset + l * into.stride[0] + kv * into.stride[1];
    for (let h = 0; h < H; h++) into.data[to + h] = round(x[l * H + h]);
  }
}
