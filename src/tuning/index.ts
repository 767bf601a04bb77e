/**
 * Tuning a Gemma: conversations to learn from, supervised fine-tuning, low-rank adapters and PEFT's files.
 * @module
 */
export {
  type TunedAnswer,
  type TunedAnswers,
  type TunedAnswersOptions,
  tunedAnswers,
} from "./answers.ts";
export {
  type ConversationOptions,
  conversation,
  type TrainOn,
  type TuningExample,
  type TuningMessage,
  type TuningRow,
} from "./conversation.ts";
export { type Adapter, type LoraOptions, type LoraPair, newAdapter } from "./lora/adapter.ts";
export { type LoraModel, type LoraModelOptions, type LoraSource, loraModel } from "./lora/lora.ts";
export {
  type Merged,
  type MergedType,
  type MergeLoss,
  type MergeOptions,
  mergeAdapter,
} from "./lora/merge.ts";
export { type LoraSettings, PROJECTIONS } from "./lora/settings.ts";
export { type ReadLoraGgufOptions, readLoraGguf } from "./lora-gguf/read.ts";
export { type LoraGgufType, type WriteLoraGgufOptions, writeLoraGguf } from "./lora-gguf/write.ts";
export type { PeftAdapter } from "./peft/adapter.ts";
export { type ReadAdapterOptions, readAdapter } from "./peft/read.ts";
export { type ScoreHead, type ScoringAdapter, withScore } from "./peft/score.ts";
export { type WriteAdapterOptions, writeAdapter } from "./peft/write.ts";
export { type SftOptions, type SftReport, sft } from "./sft.ts";
