/** What a row of logits says of the token behind it, as OpenAI's `logprobs` tell it. @module */
import { largest } from "../../../generation/sampler.ts";
import { without } from "../../../generation/steps.ts";
import { topOf } from "../../../model/top.ts";
import { argmax, logProbability } from "../../../nn/log-softmax.ts";
import type { FloatArray } from "../../../tensor/tensor.ts";

/** A token and log p of it, natural logarithm. */
export interface TokenLogprob {
  readonly id: number;
  readonly logprob: number;
}

/** How a token came out, beside the most probable ones. */
export interface Look extends TokenLogprob {
  /** The most probable tokens, the best first. The token itself is among them only by its own merit. */
  readonly top: readonly TokenLogprob[];
}

/**
 * Looks at logits [V] for token `id`. Clients compare numbers of one answer, so each is made in one way:
 *
 *     log p(v) = x[v] − max(x) − log Σ_j exp(x[j] − max(x))
 *
 * @param count how many of the most probable tokens are wanted.
 * @param except tokens that are never chosen, and so are not among them.
 */
export function lookAt(
  row: FloatArray,
  id: number,
  count: number,
  except: readonly number[],
): Look {
  const best = argmax(row);
  const rest = logProbability(row, best); // − log Σ, as the rest is 0
  const logprobOf = (v: number) => row[v] - row[best] + rest;
  const top = bestOf(row, count, except).map((v) => ({ id: v, logprob: logprobOf(v) }));
  return { id, logprob: logprobOf(id), top };
}

function bestOf(row: FloatArray, count: number, except: readonly number[]): number[] {
  if (count === 0) return [];
  if (count === 1) return [except.length === 0 ? argmax(row) : topOf(row, except)[0]];
  return largest(Float64Array.from(without(except, row)), count);
}
