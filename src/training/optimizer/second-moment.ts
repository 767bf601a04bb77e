/**
 * The second moment of a gradient, as Adafactor remembers it (`adafactor.ts` has the formula). Both forms give 1/√ of
 * it as a product, rows[r] · cols[c], so that one loop updates by either.
 * @module
 */
import type { FloatArray } from "../../tensor/tensor.ts";

/** Brings the means of rows and columns up to date. → √(mean(row)/row) [R] and 1/√col [C]. */
export function factored(
  G: FloatArray,
  row: FloatArray,
  col: FloatArray,
  beta: number,
  eps: number,
): [rows: Float64Array, cols: Float64Array] {
  const [R, C] = [row.length, col.length];
  const cols = new Float64Array(C);
  let mean = 0;
  for (let r = 0; r < R; r++) {
    let sum = 0;
    for (let c = 0; c < C; c++) {
      const square = G[r * C + c] * G[r * C + c] + eps;
      sum += square;
      cols[c] += square;
    }
    row[r] = beta * row[r] + (1 - beta) * (sum / C);
    mean += row[r] / R;
  }
  for (let c = 0; c < C; c++) {
    col[c] = beta * col[c] + (1 - beta) * (cols[c] / R);
    cols[c] = 1 / Math.sqrt(col[c]);
  }
  return [Float64Array.from(row, (x) => Math.sqrt(mean / x)), cols];
}

/** Brings v up to date. → 1 and 1/√v. */
export function whole(
  G: FloatArray,
  V: FloatArray,
  beta: number,
  eps: number,
): [rows: Float64Array, cols: Float64Array] {
  const cols = new Float64Array(V.length);
  for (let i = 0; i < V.length; i++) {
    V[i] = beta * V[i] + (1 - beta) * (G[i] * G[i] + eps);
    cols[i] = 1 / Math.sqrt(V[i]);
  }
  return [Float64Array.of(1), cols];
}
