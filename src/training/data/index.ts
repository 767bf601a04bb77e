/**
 * Data to learn from: rows and token files read, texts filtered, duplicates and evaluation items taken out, sources mixed and packed.
 * @module
 */

export {
  type ContaminationOptions,
  type Decontaminated,
  type DecontaminateOptions,
  decontaminate,
} from "./contamination/decontaminate.ts";
export {
  type DirtyItems,
  type DirtyOptions,
  findDirtyItems,
  type MeanScore,
  scoresByContamination,
} from "./contamination/dirty-items.ts";
export type { Benchmarks } from "./contamination/ngram-index.ts";
export type {
  Amount,
  DroppedExample,
  DropReason,
  FileOfDocuments,
  StageReport,
  TextDocument,
} from "./documents/document.ts";
export type { CountingOptions, StageOptions } from "./documents/stage.ts";
export {
  type Deduplicated,
  type DeduplicateOptions,
  type DuplicateCluster,
  deduplicate,
} from "./duplicates/deduplicate.ts";
export type { DuplicateOptions } from "./duplicates/near-groups.ts";
export type { DocumentFilter } from "./filters/filter.ts";
export { type FilteredDocuments, filterDocuments } from "./filters/filter-documents.ts";
export { type PersonalDataOptions, personalDataFilter } from "./filters/personal-data.ts";
export { type QualityOptions, qualityFilter } from "./filters/quality.ts";
export { type RepetitionOptions, repetitionFilter } from "./filters/repetition.ts";
export { SHORT_TEXTS } from "./filters/short-texts.ts";
export {
  type EpochEvent,
  type MixedBatches,
  type MixtureOptions,
  type MixtureReport,
  mixedBatches,
  type SourceReport,
} from "./mixture/mixed-batches.ts";
export type { MixtureChange, MixtureStage } from "./mixture/stages.ts";
export type { TallyReport } from "./mixture/tally.ts";
export { type Prepared, type PrepareOptions, prepare } from "./prepare.ts";
export { type PreparationReport, preparationText } from "./report.ts";
export type {
  AnyRow,
  CompletionRow,
  DataRow,
  MessagesRow,
  PreferenceRow,
  PromptRow,
  RowsByKind,
  TextOrTurns,
  TextRow,
  TurnMessage,
} from "./rows/row.ts";
export { openRows, type RowFile, type RowOptions } from "./rows/row-file.ts";
export type { SystemMessages } from "./rows/turns.ts";
export { fillOf, type PackingOptions, packSequences } from "./tokens/packing.ts";
export {
  documentSequences,
  type SequenceList,
  textSequence,
  type WindowOptions,
  windowSequences,
} from "./tokens/sequences.ts";
export { readTokens, type TokenArray, type TokenFileOptions } from "./tokens/token-file.ts";
