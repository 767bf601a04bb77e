/**
 * gemma-reference: Google's Gemma 1, whole, in TypeScript one can read.
 *
 * This is the door for those who want to use it. Each room has its own: `gemma-reference/nn` for the
 * components of the report, `/model` for the forward pass, `/backend` for the interface, `/tokenizer`,
 * `/checkpoint`, `/generation`, `/tensor`, `/conformance`, and `/node` for files.
 * @module
 */
export type { Backend, Handles, WeightSource } from "./backend/backend.ts";
export { type CpuOptions, cpuBackend } from "./backend/cpu/cpu.ts";
export { type ByteSource, blobSource, bytesSource } from "./checkpoint/byte-source.ts";
export { type CachedOptions, cachedFile, cachedFolder } from "./checkpoint/cached-checkpoint.ts";
export type { Checkpoint } from "./checkpoint/checkpoint.ts";
export { type Folder, filesFolder, type Source } from "./checkpoint/folder.ts";
export { httpFolder } from "./checkpoint/http-folder.ts";
export type { HttpOptions } from "./checkpoint/http-request.ts";
export { type HttpSourceOptions, httpSource } from "./checkpoint/http-source.ts";
export { type CachedFile, type FileCache, opfsCache } from "./checkpoint/opfs-cache.ts";
export * from "./config.ts";
export * from "./errors.ts";
export * from "./gemma.ts";
export { type AnswerOptions, Chat, type ChatOptions } from "./generation/chat.ts";
export type { FinishReason, GeneratedToken, GenerateOptions } from "./generation/generate.ts";
export { Generation } from "./generation/generate.ts";
export type { SamplingOptions } from "./generation/sampler.ts";
export type { Score } from "./generation/score.ts";
export { KVCache } from "./model/kv-cache.ts";
export { type ForwardOptions, Model, type ModelOptions } from "./model/model.ts";
export { type TapName, tapNames } from "./model/taps.ts";
export type { Trace, TraceOptions } from "./model/trace.ts";
export type { Progress } from "./progress.ts";
export type { PrecisionName } from "./tensor/precision.ts";
export type { DType, RowSource } from "./tensor/stored.ts";
export type { NdArray } from "./tensor/tensor.ts";
export { type ChatFormatOptions, type ChatMessage, chatPrompt } from "./tokenizer/chat.ts";
export { Tokenizer } from "./tokenizer/tokenizer.ts";
