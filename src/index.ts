/**
 * gemma-reference: Google's Gemma 1, whole, in TypeScript one can read.
 *
 * This is the door for those who want to use it. Each room has its own: `gemma-reference/nn` for the
 * components of the report, `/model` for the forward pass, `/interp` for looking inside it, `/backend` for
 * the interface, `/tokenizer`, `/checkpoint`, `/source`, `/generation`, `/tensor`, `/conformance`, `/judge`, `/report` for
 * the tables of the report, and `/node` for files.
 * @module
 */
export type { Backend, Handles } from "./backend/backend.ts";
export { BackendError } from "./backend/backend.ts";
export { type CpuOptions, cpuBackend } from "./backend/cpu/cpu.ts";
export type { BackendName } from "./backend/named.ts";
export { type CachedOptions, cachedFile, cachedFolder } from "./checkpoint/cached.ts";
export type { Checkpoint } from "./checkpoint/checkpoint.ts";
export {
  countParameters,
  GEMMA_2B,
  GEMMA_7B,
  type GemmaConfig,
  type ParameterCounts,
} from "./config.ts";
export {
  ArgumentError,
  disposed,
  type ErrorDetails,
  FormatError,
  GemmaError,
  ShapeError,
  SourceError,
  UnsupportedError,
} from "./errors.ts";
export {
  type AdapterChoice,
  type FillOptions,
  Gemma,
  type Prompt,
  type ResumeChatOptions,
} from "./gemma.ts";
export type { ListOptions } from "./generation/batch/generate-list.ts";
export { type AnswerOptions, Chat, type ChatOptions, type SendOptions } from "./generation/chat.ts";
export type { EmbedOptions } from "./generation/embeddings/embed.ts";
export type { GenerateOptions } from "./generation/generate.ts";
export type { Continuation } from "./generation/generate-batch.ts";
export { type GeneratedToken, Generation, type TopLogprob } from "./generation/generation.ts";
export type { InspectNextOptions } from "./generation/inspect/inspect-next.ts";
export type {
  SamplingCandidate,
  SamplingInspection,
} from "./generation/inspect/sampling-inspection.ts";
export type { Score, WindowOptions } from "./generation/likelihood/score.ts";
export type { TextScore, TextScoreOptions } from "./generation/likelihood/score-texts.ts";
export type { LogitBias } from "./generation/logits/logit-bias.ts";
export type { LogitOptions } from "./generation/logits/logit-options.ts";
export type { LogitsProcessor } from "./generation/logits/logits-processor.ts";
export type { TokenLogprob } from "./generation/logits/top-logprobs.ts";
export type { PromptLookup, PromptLookupOptions } from "./generation/lookup/options.ts";
export type { SamplingOptions } from "./generation/sampler.ts";
export type { FinishReason } from "./generation/stops.ts";
export type { GenerationUsage } from "./generation/usage.ts";
export { fromHfConfig, toHfConfig } from "./hf-config.ts";
export type { AttributionOptions, LogitAttribution } from "./interp/attribution/attribution.ts";
export type { LogitPart } from "./interp/attribution/attribution-parts.ts";
export type { AttentionStages, AttentionStagesOptions } from "./interp/heads/attention-maps.ts";
export type { DetectedHeads, DetectHeadsOptions, HeadKind } from "./interp/heads/head-detectors.ts";
export type { PatchMetric } from "./interp/interventions/patch-metric.ts";
export type { PatchingOptions, PatchingSweep, PatchSite } from "./interp/interventions/patching.ts";
export type {
  LensCell,
  LensDepth,
  LensToken,
  LogitLens,
  LogitLensOptions,
} from "./interp/lens/lens.ts";
export type { NamedToken, TokenChoice } from "./interp/lens/token-choice.ts";
export type { ActivationCache, ActivationCacheJson } from "./interp/run/activation-cache.ts";
export type { Hook, HookPoint, Hooks } from "./interp/run/hooks.ts";
export type { RunOptions, RunWithCacheOptions } from "./interp/run/run-with-cache.ts";
export type { TapFilter } from "./interp/run/select.ts";
export type { Trace, TraceOptions } from "./interp/run/trace.ts";
export type { GemmaOptions, GemmaSource } from "./load.ts";
export type { AdapterSource } from "./load-adapter.ts";
export type { Sequence } from "./model/feed.ts";
export { KVCache } from "./model/kv-cache.ts";
export { type ForwardOptions, Model, type ModelOptions } from "./model/model.ts";
export { type TapName, tapNames } from "./model/taps.ts";
export type { Progress } from "./progress.ts";
export type { RestoreCacheOptions, SavedCache } from "./saved-cache/restore.ts";
export type { SaveCacheOptions } from "./saved-cache/save.ts";
export { type ByteSource, blobSource, bytesSource } from "./source/byte-source.ts";
export { type Folder, filesFolder, type Source } from "./source/folder.ts";
export { httpFolder } from "./source/http/folder.ts";
export type { HttpOptions } from "./source/http/request.ts";
export { type HttpSourceOptions, httpSource } from "./source/http/source.ts";
export { type CachedFile, type FileCache, opfsCache } from "./source/opfs-cache.ts";
export type { PrecisionName } from "./tensor/precision.ts";
export type { DType, RowSource, WeightSource } from "./tensor/stored.ts";
export type { NdArray } from "./tensor/tensor.ts";
export {
  CHATML,
  type ChatFormat,
  type ChatFormatOptions,
  type ChatIdsOptions,
  type ChatMessage,
  chatPrompt,
  GEMMA_CHAT,
} from "./tokenizer/chat-format.ts";
export type { TextToken } from "./tokenizer/text-token.ts";
export { Tokenizer } from "./tokenizer/tokenizer.ts";
export type { Warning } from "./warning.ts";
