/** The model: forward pass, weights, cache and taps. @module */
export { embeddingScale } from "./embedding-scale.ts";
export { type ForwardArguments, forward } from "./forward.ts";
export { KVCache } from "./kv-cache.ts";
export { type ForwardOptions, Model, type ModelOptions } from "./model.ts";
export type { SlotOf, Slots } from "./slots.ts";
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
} from "./weights.ts";
