/**
 * Answers from the weights as they are now. On-policy means: from the very weights whose log-probabilities enter the loss, at
 * temperature 1, with no token left out (no top-k, no top-p, padding rows included). Anything else draws from another
 * distribution, and the gradient is then that of nothing in particular; the usual sign of it is a negative KL (trl#235).
 * @module
 */
import type { Backend, Handles } from "../../backend/backend.ts";
import { type Continuation, generateBatch } from "../../generation/generate-batch.ts";
import { Model } from "../../model/model.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import type { TrainableModel } from "../../training/trainable.ts";

/** How answers are drawn. */
export interface DrawOptions {
  /** Answers to each prompt. */
  readonly groupSize: number;
  /** Most tokens of an answer, the closing one included. */
  readonly maxTokens: number;
  /** Answer i, counted over all prompts, is drawn by the seed `seed + i` modulo 2³². */
  readonly seed: number;
  /** Stops it. */
  readonly signal?: AbortSignal;
}

/** Draws `groupSize` answers to each prompt, those to the first one first. */
export type DrawAnswers = (
  prompts: readonly ArrayLike<number>[],
  options: DrawOptions,
) => Promise<readonly Continuation[]>;

/** The weights of a model that learns, to be loaded somewhere else. */
export type PresentWeights = Pick<TrainableModel, "config" | "tensors" | "embedScale">;

/**
 * Draws from `model` as it is at each call: its weights are loaded into `backend`, answers are generated side by side, and the
 * weights are freed. The backend stays the caller's.
 */
export function drawsFrom<Dev extends Handles>(
  model: PresentWeights,
  tokenizer: Tokenizer,
  backend: Backend<Dev>,
): DrawAnswers {
  const { config } = model;
  const isExact = model.embedScale === Math.sqrt(config.hiddenSize);
  const embedScale = isExact ? "exact" : "bfloat16";
  return async (prompts, { groupSize, maxTokens, seed, signal }) => {
    const tensors = model.tensors();
    const ready = await Model.load({ config, tensors, backend, embedScale, signal });
    try {
      const options = { samples: groupSize, temperature: 1, maxTokens, seed, signal };
      return await generateBatch(ready, tokenizer, prompts, options);
    } finally {
      ready.dispose();
    }
  };
}
