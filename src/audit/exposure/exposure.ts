/**
 * How far a model gives away a secret that was drawn at random (Carlini et al. 2019, "The Secret Sharer", arXiv:1802.08232, §4):
 *
 *     exposure = log2 |R| − log2 rank
 *
 * R are the secrets that might have been drawn, and rank is the place of the planted one among them by log p, 1 for the most likely.
 * A secret that the model has never seen has each rank with the same probability: it has an exposure of e bits or more with probability 2^−e.
 * All are ranked, by one walk over the tree of their beginnings: 10,000 numbers of four digits take 1,111 tokens, and not 40,000.
 * @module
 */
import { refusals } from "../../errors.ts";
import { commonPrefix } from "../../evaluation/prefix/order.ts";
import { predictAll } from "../../evaluation/prefix/predict-all.ts";
import type { EvaluationProgress } from "../../evaluation/prefix/progress.ts";
import type { Evaluator } from "../../evaluation/requests/evaluator.ts";
import { assertOptions } from "../../options.ts";
import { assertCanary, type Canary, candidatesOf } from "./canary.ts";

/** How far a canary's secret is given away. */
export interface Exposure {
  /** The canary's name, or its text. */
  readonly id: string;
  /** Its secret. */
  readonly secret: string;
  /** How often it was in the training data, if that is known. */
  readonly repeats?: number;
  /** Secrets that might have been drawn. */
  readonly candidates: number;
  /** 1 for the most likely; of equals the same. */
  readonly rank: number;
  /** In bits: 0 for the least likely secret, log2 of `candidates` for the most likely. */
  readonly exposure: number;
  /** log p of the secret's tokens after the text, natural logarithm. */
  readonly logprob: number;
  /** The secret that the model holds for the most likely; of equals the first of the candidates. */
  readonly mostLikely: string;
  /** Its log p. */
  readonly mostLikelyLogprob: number;
  /** The mean log p of all candidates. */
  readonly meanLogprob: number;
}

/** Options of {@link exposureOf}. */
export interface ExposureOptions {
  /** Stops it. */
  readonly signal?: AbortSignal;
  /** Is told how far it is. */
  readonly onProgress?: (progress: EvaluationProgress) => void;
}

/**
 * The exposure of a canary's secret. The evaluator's store keeps it.
 * @throws {ArgumentError} if the canary's secret is not among its candidates, or does not fit into the context.
 */
export async function exposureOf(
  evaluator: Evaluator,
  canary: Canary,
  options: ExposureOptions = {},
): Promise<Exposure> {
  const op = "exposureOf";
  assertOptions(op, options, { signal: true, onProgress: "function" });
  assertCanary(op, canary);
  const { text, secret, repeats, id = text } = canary;
  const candidates = candidatesOf(canary);
  const { gemma, contextLength } = evaluator;
  const before = gemma.encode(text);
  const sequences = candidates.map((one) => gemma.encode(text + one));
  // Where a secret's first character joins the text's last in a token, that token is compared, too: in all alike.
  const from = sequences.reduce(
    (least, ids) => Math.min(least, commonPrefix(before, ids)),
    before.length,
  );
  const most = sequences.reduce((longest, ids) => Math.max(longest, ids.length), 0);
  if (most > contextLength + 1) {
    const expected = `at most ${contextLength + 1} tokens with a secret`;
    throw refusals(op).argument("canary.text", expected, `${most}`);
  }
  const what = { kind: "exposure", before, from, secret, candidates: canary.candidates };
  const found = await evaluator.remembered(what, async () => {
    const running = { contextLength, atOnce: 1, ...options };
    const about = { contextTokens: from, truncated: 0, joined: from < before.length };
    const asked = sequences.map((ids) => ({ ids, from, about }));
    const logprobs = new Float64Array(candidates.length);
    for await (const { index, answer } of predictAll(gemma.model, asked, running)) {
      logprobs[index] = answer.logprob;
    }
    return ranked(logprobs, candidates, candidates.indexOf(secret));
  });
  return { id, secret, ...(repeats === undefined ? {} : { repeats }), ...found };
}

function ranked(logprobs: Float64Array, candidates: readonly string[], own: number) {
  // #region bits
  const logprob = logprobs[own]; // of the secret, among those of all candidates
  const rank = 1 + logprobs.reduce((count, other) => count + Number(other > logprob), 0);
  const exposure = Math.log2(candidates.length) - Math.log2(rank);
  // #endregion
  const best = logprobs.reduce((top, other, i) => (other > logprobs[top] ? i : top), 0);
  const sum = logprobs.reduce((a, b) => a + b, 0);
  return {
    candidates: candidates.length,
    rank,
    exposure,
    logprob,
    mostLikely: candidates[best],
    mostLikelyLogprob: logprobs[best],
    meanLogprob: sum / candidates.length,
  };
}
