/** Sampling, generation and likelihood. @module */
export { type AnswerOptions, Chat, type ChatOptions } from "./chat.ts";
export {
  type FinishReason,
  type GeneratedToken,
  type GenerateOptions,
  Generation,
  generate,
} from "./generate.ts";
export {
  nextToken,
  type SamplingOptions,
  type TokenDistribution,
  tokenDistribution,
} from "./sampler.ts";
export { type Score, score } from "./score.ts";
