/**
 * The findings of `inspect`, for readers.
 * @module
 */
import type { GemmaConfig, ParameterCounts } from "../../config.ts";
import { formatBytes, formatCount, formatPiece, table } from "../../table.ts";
import type { PrecisionName } from "../../tensor/precision.ts";

export interface TensorEntry {
  readonly name: string;
  /** This library's name, or the file's if no weight can have this dtype. */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Null where the dtype is not known. */
  readonly bytes: number | null;
}

/** The JSON of `inspect FOLDER`. */
export interface Inspection {
  readonly folder: string;
  /** How the weights lie in the files, where they are packed or in parts. */
  readonly storage?: string;
  readonly config: GemmaConfig;
  readonly tensors: readonly TensorEntry[];
  readonly tensorBytes: number;
  readonly parameters: ParameterCounts;
  readonly kvCacheBytesPerToken: Readonly<Record<PrecisionName, number>>;
  /** Null without a tokenizer that can be read. */
  readonly tokenizerPieces: number | null;
  /** The format of turns that it is asked in: Gemma, ChatML, or "another template". Null if its vocabulary has none. */
  readonly chatFormat: string | null;
  /** Why the folder cannot be run as it is; empty if it can. */
  readonly problems: readonly string[];
  /** Where its files disagree, and what is done. */
  readonly warnings: readonly string[];
}

/** The JSON of `inspect --config`. */
export interface ConfigInspection
  extends Pick<Inspection, "config" | "parameters" | "kvCacheBytesPerToken"> {
  /** With the number of rows that the report counts. */
  readonly parametersOfReport: ParameterCounts;
}

export function describeCheckpoint(inspection: Inspection): string {
  const { folder, storage, config, tensors, tensorBytes, parameters, tokenizerPieces } = inspection;
  const list = (title: string, sentences: readonly string[]) =>
    sentences.length === 0 ? "" : section(title, sentences.map((said) => `  ${said}\n`).join(""));
  const rows = tensors.map(({ name, dtype, shape, bytes }) => [
    formatPiece(name),
    dtype,
    `[${shape.join(", ")}]`,
    bytes === null ? "?" : formatCount(bytes),
  ]);
  const tokenizer = tokenizerPieces === null ? "none" : `${formatCount(tokenizerPieces)} pieces`;
  return [
    `${folder}${storage === undefined ? "" : ` (${storage})`}\n`,
    section("Config", configTable(config)),
    section("Tensors", table([["name", "dtype", "shape", "bytes"], ...rows], "lllr", "  ")),
    section("Parameters", parameterTable([], [parameters])),
    section(
      "Memory",
      table(
        [
          ["weights", `${formatCount(tensorBytes)} bytes (${formatBytes(tensorBytes)})`],
          ...kvRows(inspection),
          ["tokenizer", tokenizer],
          ["chat", inspection.chatFormat ?? "none"],
        ],
        "ll",
        "  ",
      ),
    ),
    list("Problems", inspection.problems),
    list("Warnings", inspection.warnings),
  ].join("\n");
}

export function describeConfig(title: string, rows: number, report: ConfigInspection): string {
  const { config, parameters, parametersOfReport } = report;
  const header = [
    ["", `${formatCount(config.vocabSize)} rows`, `${formatCount(rows)} rows`],
    ["", "(as released)", "(the report)"],
  ];
  return [
    `${title}\n`,
    section("Config", configTable(config)),
    section("Parameters", parameterTable(header, [parameters, parametersOfReport])),
    section("Memory", table(kvRows(report), "ll", "  ")),
  ].join("\n");
}

function section(title: string, body: string): string {
  return `${title}\n${body}`;
}

function configTable(config: GemmaConfig): string {
  return table(
    Object.entries(config).map(([key, value]) => [key, `${value}`]),
    "lr",
    "  ",
  );
}

/** A column for each of `counts`. */
function parameterTable(header: readonly string[][], counts: readonly ParameterCounts[]): string {
  const row = (label: string, key: keyof ParameterCounts) => [
    label,
    ...counts.map((count) => formatCount(count[key])),
  ];
  const rows = [
    row("embedding", "embedding"),
    ...(counts.some(({ head }) => head > 0) ? [row("output", "head")] : []),
    row("non-embedding", "nonEmbedding"),
    row("  attention", "attention"),
    row("  mlp", "mlp"),
    row("  norms", "norms"),
    row("total", "total"),
  ];
  return table([...header, ...rows], `l${"r".repeat(counts.length)}`, "  ");
}

function kvRows({ kvCacheBytesPerToken }: Pick<Inspection, "kvCacheBytesPerToken">): string[][] {
  const { float32, bfloat16 } = kvCacheBytesPerToken;
  return [
    [
      "KV cache",
      `${formatCount(float32)} bytes a token in float32, ${formatCount(bfloat16)} in bfloat16`,
    ],
  ];
}
