/**
 * `inspect`: shows a checkpoint without loading its weights, or a model of the report.
 * @module
 */
import { chooseChatFormat } from "../../checkpoint/beside/choose-chat-format.ts";
import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import { openCheckpoint } from "../../checkpoint/open.ts";
import { untiedWarning } from "../../checkpoint/untied.ts";
import { countParameters, GEMMA_2B, GEMMA_7B, type GemmaConfig } from "../../config.ts";
import { GemmaError, UnsupportedError } from "../../errors.ts";
import { matchWeights } from "../../model/weights/match.ts";
import { tinyModelPath } from "../../node/tiny-model.ts";
import { BYTES_PER_ELEMENT, type RowSource } from "../../tensor/stored.ts";
import { elementsOf } from "../../tensor/tensor.ts";
import type { ChatFormat } from "../../tokenizer/chat-format.ts";
import { Tokenizer } from "../../tokenizer/tokenizer.ts";
import { type Command, choiceOption, type Meanings, parse, UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { openSource } from "../open-model.ts";
import { MODEL_OPTIONS } from "../options/model.ts";
import { describeAdapter, inspectAdapter } from "./inspect-adapter.ts";
import {
  describeCheckpoint,
  describeConfig,
  type Inspection,
  type TensorEntry,
} from "./inspect-text.ts";

const options = {
  model: { ...MODEL_OPTIONS.model, help: "PATH, as the other commands take it" },
  config: { type: "string", value: "2b|7b", help: "A model of the report, instead of a folder" },
} as const;

const SIZES: Meanings<"2b" | "7b"> = {
  words: {
    "2b": "gemma-2b gemma-2b-it google/gemma-2b",
    "7b": "gemma-7b gemma-7b-it google/gemma-7b",
  },
};

/** Rows of the embedding in the report, which counts 128 rows of padding. */
const ROWS_OF_REPORT = 256128;

export const inspectCommand: Command = {
  name: "inspect",
  summary: "Show the config, tensors, parameters and memory of a checkpoint",
  usage: ["[PATH] [OPTIONS]", "--config 2b|7b [OPTIONS]"],
  description: `
    Weights are not loaded, so this is quick for any size; but a stored output projection is read, and
    held against the embedding. Exit code 1 if weights or tokenizer do not fit the config. PATH is a
    checkpoint, as the other commands take it with --model; the default is the bundled tiny model. Of a
    LoRA adapter (a folder of PEFT's, or a GGUF file) it says the base model, ranks and projections.`,
  options,
  examples: [
    "inspect gemma-2b",
    "inspect gemma-2b.Q8_0.gguf",
    "inspect my-adapter",
    "inspect --config 7b",
    "inspect gemma-2b --json",
  ],

  async run(argv: readonly string[], io: Io): Promise<number> {
    const { values, positionals } = parse(options, argv);
    const size = choiceOption("config", values.config, ["2b", "7b"], SIZES);
    const places = [...positionals, values.model, size].filter((place) => place !== undefined);
    if (places.length > 1) {
      throw new UsageError("expected one of PATH, --model and --config, got more than one");
    }
    if (size) {
      await io.stdout.write(inspectConfig(size, values.json));
      return 0;
    }
    const path = positionals[0] ?? values.model ?? tinyModelPath();
    const source = await openSource(path, io, { download: false });
    const adapter = await inspectAdapter(source, io.signal);
    if (adapter) {
      const said = values.json ? `${JSON.stringify(adapter)}\n` : describeAdapter(adapter);
      await io.stdout.write(said);
      return 0;
    }
    const checkpoint = await openCheckpoint(source, { signal: io.signal });
    try {
      const inspection = await inspect(checkpoint, io.signal);
      const { problems } = inspection;
      await io.stdout.write(
        values.json ? `${JSON.stringify(inspection)}\n` : describeCheckpoint(inspection),
      );
      return problems.length === 0 ? 0 : 1;
    } finally {
      await checkpoint.close();
    }
  },
};

function inspectConfig(size: "2b" | "7b", isJson: boolean | undefined): string {
  const config = { "2b": GEMMA_2B, "7b": GEMMA_7B }[size];
  const parameters = countParameters(config);
  const parametersOfReport = countParameters({ ...config, vocabSize: ROWS_OF_REPORT });
  const kvCacheBytesPerToken = kvBytes(config);
  const report = { config, parameters, parametersOfReport, kvCacheBytesPerToken };
  return isJson
    ? `${JSON.stringify(report)}\n`
    : describeConfig(`Gemma ${size.toUpperCase()}`, ROWS_OF_REPORT, report);
}

async function inspect(checkpoint: Checkpoint, signal: AbortSignal): Promise<Inspection> {
  const { name } = checkpoint;
  const problems: string[] = [];
  const attempt = async <T>(check: () => T): Promise<Awaited<T> | undefined> => {
    try {
      return await check();
    } catch (error) {
      if (!(error instanceof GemmaError)) throw error;
      problems.push(error.message);
      return undefined;
    }
  };
  const found = await attempt(() =>
    matchWeights(checkpoint.config, checkpoint.tensors, name, signal),
  );
  const config = found?.config ?? checkpoint.config;
  const untied = untiedWarning(checkpoint, config);
  const tokenizer = await attempt(() => tokenizerOf(checkpoint));
  const pieces = tokenizer?.vocabSize ?? null;
  if (pieces !== null && pieces > config.vocabSize) {
    problems.push(`tokenizer.model has ${pieces} pieces, the embedding ${config.vocabSize} rows`);
  }
  const format = tokenizer && (await chooseChatFormat(checkpoint, tokenizer));
  const tensors = [...new Set(checkpoint.tensors.values())].map(entryOf);
  return {
    folder: name,
    ...(checkpoint.storage !== undefined && { storage: checkpoint.storage }),
    config,
    tensors,
    tensorBytes: tensors.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0),
    parameters: countParameters(config),
    kvCacheBytesPerToken: kvBytes(config),
    tokenizerPieces: pieces,
    chatFormat: chatFormatOf(format, tokenizer),
    problems,
    warnings: [...(checkpoint.warnings ?? []), ...(untied ? [untied] : [])],
  };
}

function tokenizerOf({ tokenizer }: Checkpoint): Tokenizer | undefined {
  return tokenizer && new Tokenizer(tokenizer.model(), tokenizer.name);
}

/** What a chat would be written in. A vocabulary without the markers is that of a model which was not made for it. */
function chatFormatOf(
  format: ChatFormat | UnsupportedError | undefined,
  tokenizer: Tokenizer | undefined,
): string | null {
  if (format === undefined) return null;
  if (format instanceof UnsupportedError) return "another template";
  const isThere = [format.start, format.end].every((piece) => tokenizer?.idOf(piece) !== undefined);
  return isThere ? format.name : null;
}

function entryOf(tensor: RowSource): TensorEntry {
  const { name, shape, dtype, refusal } = tensor;
  if (dtype) return { name, dtype, shape, bytes: elementsOf(shape) * BYTES_PER_ELEMENT[dtype] };
  // No weight can have this dtype (an integer mask, say), but the file has it.
  return { name, dtype: refusal?.got ?? "unknown", shape, bytes: null };
}

/** Bytes of the keys and values of one token, in all layers. */
function kvBytes(config: GemmaConfig): Inspection["kvCacheBytesPerToken"] {
  const { numHiddenLayers: layers, numKeyValueHeads: K, headDim: H } = config;
  const numbers = 2 * layers * K * H;
  return { float64: 8 * numbers, float32: 4 * numbers, bfloat16: 2 * numbers };
}
