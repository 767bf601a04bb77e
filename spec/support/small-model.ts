/** A model with the tokenizer of the tales that learns in milliseconds. It says what comes to it. */
import type { GemmaConfig } from "../../src/config.ts";
import { TrainableModel, type TrainableOptions } from "../../src/training/trainable.ts";
import { storyteller } from "./tales.ts";

const { checkpoint, tokenizer: own } = await storyteller();

export const tokenizer = own;

export const SMALL: GemmaConfig = {
  ...checkpoint.config,
  ...{ hiddenSize: 8, intermediateSize: 16, numHiddenLayers: 1 },
  ...{ numAttentionHeads: 2, numKeyValueHeads: 1, headDim: 4 },
};

/** Always the same weights, of a spread that gives tokens different probabilities. */
export function small(options: TrainableOptions = {}): Promise<TrainableModel> {
  return TrainableModel.random(SMALL, { seed: 1, std: 0.5, ...options });
}
