/**
 * Text ↔ token ids. {@link Tokenizer} reads a `tokenizer.model` and equals the C++ library
 * SentencePiece id for id. Its parts, in the order text passes through them: {@link normalize},
 * {@link Segmenter} (read its plain twin {@link segmentPlainly} first, or watch it: {@link mergeSteps}),
 * {@link Vocabulary}, {@link StreamDecoder}.
 * @module
 */
export { Segmenter } from "./bpe.ts";
export { segmentPlainly } from "./bpe-plain.ts";
export {
  CHATML,
  type ChatFormat,
  type ChatFormatOptions,
  type ChatIdsOptions,
  type ChatMessage,
  type ChatPromptOptions,
  chatIds,
  chatPrompt,
  GEMMA_CHAT,
} from "./chat-format.ts";
export { type DecodeOptions, StreamDecoder } from "./decoder.ts";
export { type ContextFile, type FillFormatOptions, fillIds } from "./fill-format.ts";
export { type MergeStep, type MergeSteps, mergeSteps, type StepToken } from "./merge-steps.ts";
export {
  type ModelProto,
  type NormalizerSpec,
  type Piece,
  PieceType,
  parseModelProto,
  type SelfTest,
  type TrainerSpec,
} from "./model-proto.ts";
export { writeModelProto } from "./model-proto-write.ts";
export { normalize, SPACE_SYMBOL } from "./normalizer.ts";
export { PrefixMatcher } from "./prefix-matcher.ts";
export type { CharacterByte, TextToken } from "./text-token.ts";
export { type EncodeOptions, type Encoding, Tokenizer } from "./tokenizer.ts";
export { type EmitPiece, Vocabulary } from "./vocabulary.ts";
