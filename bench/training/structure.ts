/** The structure of the model that these benches train. */
import { GEMMA_2B, type GemmaConfig } from "../../src/config.ts";

/** That of tiny-stories-it. */
export const STRUCTURE: GemmaConfig = {
  ...GEMMA_2B,
  vocabSize: 1024,
  hiddenSize: 128,
  intermediateSize: 512,
  numHiddenLayers: 4,
  numAttentionHeads: 4,
  numKeyValueHeads: 1,
  headDim: 64,
};
