/** Sampling, generation and likelihood. @module */
export { generateList, type ListOptions } from "./batch/generate-list.ts";
export {
  type AnswerOptions,
  Chat,
  type ChatOptions,
  type ChatParts,
  type SendOptions,
} from "./chat.ts";
export type { ChosenToken } from "./chooser.ts";
export { type EmbedOptions, embedList } from "./embeddings/embed.ts";
export { type GenerateOptions, generate } from "./generate.ts";
export { type Continuation, generateBatch } from "./generate-batch.ts";
export { type GeneratedToken, Generation, type TopLogprob } from "./generation.ts";
export { type InspectNextOptions, inspectNext } from "./inspect/inspect-next.ts";
export { type InspectSamplingOptions, inspectSampling } from "./inspect/inspect-sampling.ts";
export type { SamplingCandidate, SamplingInspection } from "./inspect/sampling-inspection.ts";
export { type EncodedPair, encodePair } from "./likelihood/encode-pair.ts";
export {
  type Score,
  type ScoreOptions,
  score,
  scoreList,
  type WindowOptions,
} from "./likelihood/score.ts";
export { type Window, windowsOf } from "./likelihood/windows.ts";
export type { LogitBias } from "./logits/logit-bias.ts";
export type { LogitOptions } from "./logits/logit-options.ts";
export type { LogitsProcessor } from "./logits/logits-processor.ts";
export { penalizeCounts, penalizeRepetition } from "./logits/repetition-penalty.ts";
export type { TokenLogprob } from "./logits/top-logprobs.ts";
export type { PromptLookup, PromptLookupOptions } from "./lookup/options.ts";
export {
  nextToken,
  type SamplingOptions,
  type TokenDistribution,
  tokenDistribution,
} from "./sampler.ts";
export type { StepOptions } from "./step-options.ts";
export { steps } from "./steps.ts";
export {
  type Ending,
  type EndTokens,
  endTokens,
  type FinishReason,
  type StopOptions,
} from "./stops.ts";
export type { GenerationUsage } from "./usage.ts";
