/** The model: forward pass, backward pass, weights, cache and taps. @module */

export type { LowRank, LowRankPair } from "./adapters/low-rank.ts";
export { type BackwardArguments, backward } from "./backward/backward.ts";
export { embeddingScale } from "./embedding-scale.ts";
export { type FeedOptions, feed, type RecordedPass, type Runnable, type Sequence } from "./feed.ts";
export { type ForwardArguments, forward } from "./forward.ts";
export { KVCache, type KVMemory } from "./kv-cache.ts";
export { type CacheOptions, type ForwardOptions, Model, type ModelOptions } from "./model.ts";
export { type Pass, passes, type Stretch, type WantedLogits } from "./passes.ts";
export { runTape, type TapeStep, type TapeVisitor } from "./run-tape.ts";
export { type SlotOf, type Slots, separateSlots } from "./slots.ts";
export { forwardTape } from "./tape.ts";
export {
  DERIVED_LAYER_TAPS,
  DERIVED_MODEL_TAPS,
  type DerivedLayerTap,
  type DerivedModelTap,
  type DerivedTap,
  goldenName,
  LAYER_TAPS,
  type LayerTap,
  MODEL_TAPS,
  type ModelTap,
  parseTap,
  type RecordedTap,
  type TapEntry,
  type TapName,
  tapColumns,
  tapNames,
} from "./taps.ts";
export {
  type LayerWeights,
  mapWeights,
  type WeightSpec,
  type Weights,
  weightSpecs,
} from "./weights/weights.ts";
