/** Looking inside a running model: every intermediate by name, to read and to change. @module */

export {
  type AttributionOptions,
  attributeLogit,
  type LogitAttribution,
} from "./attribution/attribution.ts";
export type { LogitPart } from "./attribution/attribution-parts.ts";
export { type LogitAttrsOptions, logitAttrs } from "./attribution/logit-attrs.ts";
export {
  accumulatedResid,
  type DecomposeOptions,
  decomposeResid,
  type ResidOptions,
  type ResidStack,
  stackHeadResults,
} from "./attribution/residual.ts";
export {
  type Display,
  type DisplayTable,
  displayed,
  htmlTable,
  textTable,
} from "./display/display.ts";
export { cacheToNpz, cacheToSafetensors } from "./export/cache-files.ts";
export {
  type TapGradients,
  type TapGradientsOptions,
  tapGradients,
} from "./gradients/tap-gradients.ts";
export {
  type AttentionStages,
  type AttentionStagesOptions,
  attentionStages,
  type StageName,
} from "./heads/attention-maps.ts";
export {
  type DetectedHeads,
  type DetectHeadsOptions,
  detectHeads,
  type HeadKind,
  type HeadScore,
} from "./heads/head-detectors.ts";
export { type AblationOptions, ablateHead, ablateNeuron } from "./interventions/ablation.ts";
export type { PatchMetric, TokenPair } from "./interventions/patch-metric.ts";
export { type PatchOptions, patchWith } from "./interventions/patch-with.ts";
export {
  type PatchingOptions,
  type PatchingSweep,
  type PatchSite,
  patchingSweep,
  type SiteSweep,
} from "./interventions/patching.ts";
export {
  type LensCell,
  type LensDepth,
  type LensToken,
  type LogitLens,
  type LogitLensOptions,
  logitLens,
} from "./lens/lens.ts";
export type { NamedToken, Pieces, TokenChoice } from "./lens/token-choice.ts";
export { ActivationCache, type ActivationCacheJson } from "./run/activation-cache.ts";
export type { Hook, HookList, HookPoint, Hooks } from "./run/hooks.ts";
export {
  type RunOptions,
  type RunWithCacheOptions,
  runWithCache,
  runWithHooks,
} from "./run/run-with-cache.ts";
export type { TapFilter, TapSelection } from "./run/select.ts";
export { type Trace, type TraceOptions, trace } from "./run/trace.ts";
export { weightOf } from "./run/weights.ts";
