/** Sampling, generation and likelihood. @module */
export { generateList, type ListOptions } from "./batch/generate-list.ts";
export { type AnswerOptions, Chat, type ChatOptions } from "./chat.ts";
export { type GenerateOptions, generate } from "./generate.ts";
export { type Continuation, generateBatch } from "./generate-batch.ts";
export { type GeneratedToken, Generation } from "./generation.ts";
export { type InspectNextOptions, inspectNext } from "./inspect-next.ts";
export { type InspectSamplingOptions, inspectSampling } from "./inspect-sampling.ts";
export {
  nextToken,
  type SamplingOptions,
  type TokenDistribution,
  tokenDistribution,
} from "./sampler.ts";
export type { SamplingCandidate, SamplingInspection } from "./sampling-inspection.ts";
export { type Score, type ScoreOptions, score, scoreList } from "./score.ts";
export { type ChosenToken, type StepOptions, steps } from "./steps.ts";
export {
  type Ending,
  type EndTokens,
  endTokens,
  type FinishReason,
  type StopOptions,
} from "./stops.ts";
