/**
 * The direction in the stream that makes a logit, before the last norm: with the scale of the norm held, a logit is
 *
 *     logit[v] = Σ_d x[d] / scale · (1 + w[d]) · table[v,d]      (the head's, where it is a matrix of its own)
 *
 * which is linear in x, so that each part of the stream has its share.
 * @module
 */
import type { Handles } from "../../backend/backend.ts";
import type { Model } from "../../model/model.ts";
import { headName } from "../../model/weights/weights.ts";
import { weightOf, weightRows } from "../run/weights.ts";

/**
 * (1 + w[d]) · table[token,d], less that of `against` if there is one: [D]. A stream times it is a logit times the scale.
 */
export async function logitDirection<Dev extends Handles>(
  model: Model<Dev>,
  token: number,
  against: number | undefined,
  signal?: AbortSignal,
): Promise<Float64Array> {
  const tokens = against === undefined ? [token] : [token, against];
  const table = await weightRows(model, headName(model.config), tokens, signal);
  const gain = await weightOf(model, "model.norm.weight", signal);
  return Float64Array.from({ length: model.config.hiddenSize }, (_, d) => {
    const other = against === undefined ? 0 : table.get(1, d);
    return (1 + gain.get(d)) * (table.get(0, d) - other);
  });
}

/** √(mean(x²) + ε) of a row of the stream. */
export function scaleOfRow(x: ArrayLike<number>, eps: number): number {
  let sumOfSquares = 0;
  for (let d = 0; d < x.length; d++) sumOfSquares += x[d] ** 2;
  return Math.sqrt(sumOfSquares / x.length + eps);
}
