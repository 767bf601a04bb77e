/** Looking inside a running model: every intermediate by name, to read and to change. @module */

export { type AblationOptions, ablateHead, ablateNeuron } from "./ablation.ts";
export {
  ActivationCache,
  type ActivationCacheJson,
  type JsonNumber,
  type JsonNumbers,
} from "./activation-cache.ts";
export {
  type AttentionStages,
  type AttentionStagesOptions,
  attentionStages,
  type StageName,
} from "./attention-maps.ts";
export {
  type AttributionOptions,
  attributeLogit,
  type LogitAttribution,
} from "./attribution.ts";
export type { LogitPart } from "./attribution-parts.ts";
export { type Display, type DisplayTable, displayed, htmlTable, textTable } from "./display.ts";
export { cacheToNpz, cacheToSafetensors } from "./export/cache-files.ts";
export {
  type DetectedHeads,
  type DetectHeadsOptions,
  detectHeads,
  type HeadKind,
  type HeadScore,
} from "./head-detectors.ts";
export type { Hook, HookList, HookPoint, Hooks } from "./hooks.ts";
export {
  type LensCell,
  type LensDepth,
  type LensToken,
  type LogitLens,
  type LogitLensOptions,
  logitLens,
} from "./lens.ts";
export { type LogitAttrsOptions, logitAttrs } from "./logit-attrs.ts";
export type { PatchMetric, TokenPair } from "./patch-metric.ts";
export { type PatchOptions, patchWith } from "./patch-with.ts";
export {
  type PatchingOptions,
  type PatchingSweep,
  type PatchSite,
  patchingSweep,
  type SiteSweep,
} from "./patching.ts";
export {
  accumulatedResid,
  type DecomposeOptions,
  decomposeResid,
  type ResidOptions,
  type ResidStack,
  stackHeadResults,
} from "./residual.ts";
export {
  type RunOptions,
  type RunWithCacheOptions,
  runWithCache,
  runWithHooks,
} from "./run-with-cache.ts";
export type { TapFilter, TapSelection } from "./select.ts";
export type { NamedToken, Pieces, TokenChoice } from "./token-choice.ts";
export { type Trace, type TraceOptions, trace } from "./trace.ts";
export { weightOf } from "./weights.ts";
