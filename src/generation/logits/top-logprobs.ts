/** What a row of logits says of the token behind it: log p of it, and the most probable others. @module */
import { argmax, logProbability } from "../../nn/log-softmax.ts";
import type { FloatArray } from "../../tensor/tensor.ts";
import { largest } from "../sampler.ts";

/** A token and log p of it, natural logarithm, before temperature and filters. */
export interface TokenLogprob {
  /** Its id. */
  readonly token: number;
  /** log p of it. */
  readonly logprob: number;
}

/** How a token came out, beside the most probable ones. */
export interface Look extends TokenLogprob {
  /** The most probable tokens, the best first. The token itself is among them only by its own merit. */
  readonly top: readonly TokenLogprob[];
}

/**
 * Looks at logits [V] for `token`. All numbers of a row are made in one way, so that they can be compared:
 *
 *     log p(v) = x[v] − max(x) − log Σ_j exp(x[j] − max(x))
 *
 * @param count how many of the most probable tokens are wanted.
 * @param except tokens that are never chosen, and so are not among them.
 */
export function lookAt(
  row: FloatArray,
  token: number,
  count: number,
  except: readonly number[],
): Look {
  const best = argmax(row);
  const rest = logProbability(row, best); // − log Σ, as the rest is 0
  const logprobOf = (v: number) => row[v] - row[best] + rest;
  const top = bestOf(row, count, except).map((v) => ({ token: v, logprob: logprobOf(v) }));
  return { token, logprob: logprobOf(token), top };
}

function bestOf(row: FloatArray, count: number, except: readonly number[]): number[] {
  if (count === 0) return [];
  const among = Float64Array.from(row);
  for (const id of except) among[id] = Number.NEGATIVE_INFINITY;
  return largest(among, Math.min(count, among.length - except.length));
}
