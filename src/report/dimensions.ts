/**
 * Tables 1 and 2: the shape of the two models, and their numbers of parameters.
 *
 * `src/config.ts` has the shapes that checkpoints have. Two figures are counted otherwise there: see
 * {@link DimensionRow.feedforwardHiddenDims} and {@link DimensionRow.vocabSize}.
 * @module
 */
import type { GemmaSize, ReportTable } from "./version.ts";

/** A column of Table 1. Letters as in `docs/shapes.md`. */
export interface DimensionRow {
  /** Which Gemma. */
  readonly model: GemmaSize;
  /** D. */
  readonly dModel: number;
  /** Blocks. */
  readonly layers: number;
  /** Gate and up together: 2F. */
  readonly feedforwardHiddenDims: number;
  /** N. */
  readonly numHeads: number;
  /** K. */
  readonly numKvHeads: number;
  /** H. */
  readonly headSize: number;
  /** Rows of the table, 128 of them without a token. Released checkpoints have 256000. */
  readonly vocabSize: number;
}

/** Table 1: the shapes. Both were trained on contexts of {@link CONTEXT_LENGTH} tokens. */
export const DIMENSIONS: ReportTable<DimensionRow> = {
  name: "Table 1",
  title: "Key model parameters",
  versions: ["R1", "R4"],
  rows: [
    {
      model: "2B",
      dModel: 2048,
      layers: 18,
      feedforwardHiddenDims: 32768,
      numHeads: 8,
      numKvHeads: 1,
      headSize: 256,
      vocabSize: 256128,
    },
    {
      model: "7B",
      dModel: 3072,
      layers: 28,
      feedforwardHiddenDims: 49152,
      numHeads: 16,
      numKvHeads: 16,
      headSize: 256,
      vocabSize: 256128,
    },
  ],
};

/** Tokens of the longest context in training. */
export const CONTEXT_LENGTH = 8192;

/** A row of Table 2. Input and output share their table, which is counted once. */
export interface ParameterRow {
  /** Which Gemma. */
  readonly model: GemmaSize;
  /** Numbers of the table, V · D. */
  readonly embedding: number;
  /** All others. */
  readonly nonEmbedding: number;
}

/** Table 2: numbers of parameters. They follow from Table 1 to the digit: `spec/report/dimensions.spec.ts`. */
export const PARAMETERS: ReportTable<ParameterRow> = {
  name: "Table 2",
  title: "Parameter counts",
  versions: ["R1", "R4"],
  rows: [
    { model: "2B", embedding: 524_550_144, nonEmbedding: 1_981_884_416 },
    { model: "7B", embedding: 786_825_216, nonEmbedding: 7_751_248_896 },
  ],
};
