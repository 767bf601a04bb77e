/**
 * The most probable token of a row of logits, as three numbers: its id, its logit, its surprisal −log p. A backend with
 * `top` finds them where the logits are; of others they are found here.
 * @module
 */
import { logProbability } from "../nn/log-softmax.ts";
import type { FloatArray } from "../tensor/tensor.ts";

/** Numbers of a row. */
export const TOP_COLUMNS = 3;

/** The token that a model holds most probable. */
export interface TopToken {
  readonly token: number;
  readonly logit: number;
  /** log p, of all tokens. */
  readonly logprob: number;
}

/** The most probable of `logits` [V], but for those in `except`; the lowest of equal ones. */
export function topOf(logits: FloatArray, except: readonly number[]): Float64Array {
  let best = -1;
  for (let v = 0; v < logits.length; v++) {
    if ((best < 0 || logits[v] > logits[best]) && !except.includes(v)) best = v;
  }
  return Float64Array.of(best, logits[best], -logProbability(logits, best));
}

/** As {@link topOf}, of each of `rows` rows of logits [rows, V] → [rows, 3]. */
export function topsOf(logits: FloatArray, rows: number, except: readonly number[]): Float64Array {
  const V = logits.length / rows;
  const tops = new Float64Array(TOP_COLUMNS * rows);
  for (let r = 0; r < rows; r++) {
    tops.set(topOf(logits.subarray(r * V, (r + 1) * V), except), TOP_COLUMNS * r);
  }
  return tops;
}

/** The three numbers with their names. */
export function topToken([token, logit, surprisal]: ArrayLike<number> &
  Iterable<number>): TopToken {
  return { token, logit, logprob: -surprisal };
}
