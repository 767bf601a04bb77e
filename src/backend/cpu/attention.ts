/**
 * The fast twin of nn/attention.ts: the same sums in the same order, hence the same bits. Four rows of queries go
 * together, as the tile of add-products.ts wants it: their scores are one product of matrices, what they mix another.
 *
 *               s = 0 … l    l+1  l+2  l+3
 *     row l     ▓▓▓▓▓▓▓▓▓
 *     row l+1   ▓▓▓▓▓▓▓▓▓    ░               ▓ mixed by the tile
 *     row l+2   ▓▓▓▓▓▓▓▓▓    ░    ░          ░ after it, one by one: a later position is never mixed in,
 *     row l+3   ▓▓▓▓▓▓▓▓▓    ░    ░    ░       not even times 0, since it may hold anything
 *
 * @module
 */

import { softmaxInPlace } from "../../nn/softmax.ts";
import type { Precision } from "../../tensor/precision.ts";
import type { NdArray } from "../../tensor/tensor.ts";
import { addProducts, rows64, TILE_ROWS } from "./add-products.ts";

/** From how many rows on it is faster than nn/attention.ts: keys and values are copied first. */
export const FEWEST_ROWS: number = TILE_ROWS;

/** What nn/attention.ts is told; all of it. */
export interface AttentionArguments {
  readonly pos: number;
  readonly scale: number;
  readonly precision: Precision;
  readonly out: NdArray;
}

/** `q` [L, N, H], `k` and `v` [S, K, H] → `out` [L, N, H]. Shapes are the caller's to check. */
export function tiledAttention(
  q: NdArray,
  k: NdArray,
  v: NdArray,
  { pos, scale, precision, out }: AttentionArguments,
): void {
  const [L, N, H] = q.shape;
  const [, K] = k.shape;
  const { round } = precision;
  const S = pos + L;
  const queryScale = round(scale);
  const query = new Float64Array(TILE_ROWS * H);
  const shares = new Float64Array(TILE_ROWS * S);
  const mixed = new Float64Array(TILE_ROWS * H);

  for (let kv = 0; kv < K; kv++) {
    const keys = headRows(k, kv, S);
    const values = headColumns(v, kv, S);
    for (let n = (kv * N) / K; n < ((kv + 1) * N) / K; n++) {
      for (let first = 0; first < L; first += TILE_ROWS) {
        const rows = Math.min(TILE_ROWS, L - first);
        const common = pos + first + 1;
        loadRows(q, n, first, rows, query);
        for (let i = 0; i < rows * H; i++) query[i] = round(query[i] * queryScale);
        shares.fill(0);
        const scores = rows64(shares, S);
        addProducts(scores, rows64(query, H), rows64(keys, H), rows, common + rows - 1, H);
        for (let r = 0; r < rows; r++) {
          const row = shares.subarray(r * S, r * S + common + r);
          for (let s = 0; s < row.length; s++) row[s] = round(row[s]);
          softmaxInPlace(row, row.length, round);
        }

        mixed.fill(0);
        addProducts(rows64(mixed, H), scores, rows64(values, S), rows, H, common);
        addLater(mixed, shares, values, rows, common, S, H);
        for (let r = 0; r < rows; r++) {
          const to = out.offset + (first + r) * out.stride[0] + n * out.stride[1];
          for (let h = 0; h < H; h++) out.data[to + h] = round(mixed[r * H + h]);
        }
      }
    }
  }
}

/** What the tile has left out: row r sees `common` + r positions. `columns` is [H, S]. */
export function addLater(
  sums: Float64Array,
  shares: Float64Array,
  columns: Float64Array,
  rows: number,
  common: number,
  S: number,
  H: number,
): void {
  for (let r = 1; r < rows; r++) {
    for (let s = common; s < common + r; s++) {
      const share = shares[r * S + s];
      for (let h = 0; h < H; h++) sums[r * H + h] += share * columns[h * S + s];
    }
  }
}

/** Head `head` of the first `count` rows of `x` [·, heads, H], which is [count, H]. */
export function headRows(x: NdArray, head: number, count: number): Float64Array {
  const H = x.shape[2];
  const rows = new Float64Array(count * H);
  loadRows(x, head, 0, count, rows);
  return rows;
}

/** The same, turned: [H, count]. */
export function headColumns(x: NdArray, head: number, count: number): Float64Array {
  const H = x.shape[2];
  const columns = new Float64Array(H * count);
  for (let s = 0; s < count; s++) {
    const from = x.offset + s * x.stride[0] + head * x.stride[1];
    for (let h = 0; h < H; h++) columns[h * count + s] = x.data[from + h];
  }
  return columns;
}

/** Head `head` of rows `first` … of `x`, `count` of them, into `out` [count, H]. */
export function loadRows(
  x: NdArray,
  head: number,
  first: number,
  count: number,
  out: Float64Array,
): void {
  const H = x.shape[2];
  for (let r = 0; r < count; r++) {
    const from = x.offset + (first + r) * x.stride[0] + head * x.stride[1];
    for (let h = 0; h < H; h++) out[r * H + h] = x.data[from + h];
  }
}
