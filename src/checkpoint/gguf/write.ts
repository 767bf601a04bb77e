/**
 * Writing a checkpoint as GGUF, as llama.cpp's own converter and quantiser would (header.ts has the
 * layout): a stream of bytes whose length is known from the start, in portions of some megabytes.
 * @module
 */
import { eosTokenIds } from "../../config.ts";
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import type { FileStream } from "../../source/file-stream.ts";
import { firstDifference } from "../../tensor/first-difference.ts";
import { assertDType, type DType, type RowSource } from "../../tensor/stored.ts";
import { elementsOf } from "../../tensor/tensor.ts";
import { type ModelProto, PieceType } from "../../tokenizer/model-proto.ts";
import { placeholder } from "../../tokenizer/vocabulary.ts";
import { chatTemplateFor } from "../beside/template-for.ts";
import type { Checkpoint } from "../checkpoint.ts";
import { byName, namesOf } from "../dtypes.ts";
import { assertWriting, encodeTensor } from "../encode/encode.ts";
import { HEAD, TABLE } from "../usual-names.ts";
import { GgufBuilder } from "./builder.ts";
import { ENDS } from "./ends.ts";
import { ggufName } from "./tensor-names.ts";

/** The types in which weights are written to GGUF. */
export type GgufWeightType = "F32" | "F16" | "BF16" | "Q8_0" | "Q4_0";

/**
 * How a file says in which type most of it is (llama.cpp: include/llama.h, `enum llama_ftype`). llama.cpp writes
 * this, and does not depend on it.
 */
const FILE_TYPES: Readonly<Record<GgufWeightType, number>> = {
  F32: 0,
  F16: 1,
  BF16: 32,
  Q8_0: 7,
  Q4_0: 2,
};
const TYPES = Object.keys(FILE_TYPES) as GgufWeightType[];

/** Options of {@link writeGguf}. */
export interface GgufOptions {
  /**
   * The type of matrices. Default: as they are (float64, and blocks of rarer types, as F32). A matrix whose
   * rows are not whole blocks becomes F16 instead of a quantised type, as with llama.cpp. Norms are always F32.
   */
  readonly type?: GgufWeightType;
  /** The name of the model in the file. Default: the checkpoint's. */
  readonly name?: string;
}

const NAMES: OptionNames<GgufOptions> = { type: true, name: true };

const ALIGNMENT = 32;
const op = "writeGguf";

/** How a tensor is written. */
interface Plan {
  /** llama.cpp's. */
  readonly name: string;
  readonly source: RowSource;
  readonly type: GgufWeightType;
  readonly bytes: number;
}

/**
 * A GGUF file of the checkpoint.
 * @throws {FormatError} if a tensor has no name in llama.cpp, or the tokenizer is damaged.
 */
export function writeGguf(checkpoint: Checkpoint, options: GgufOptions = {}): FileStream {
  assertOptions(op, options, NAMES);
  assertWriting(op, checkpoint, options.type, TYPES);
  const isUntied = checkpoint.config.tieWordEmbeddings === false;
  const plans = [...checkpoint.tensors].flatMap(([name, source]) =>
    name === HEAD && !isUntied ? [] : [planOf(name, source, options.type, checkpoint.name)],
  );
  const builder = new GgufBuilder();
  addMetadata(builder, checkpoint, options, plans);
  let offset = 0;
  for (const { name, source, type, bytes } of plans) {
    builder.tensor(name, source.shape, byName(type).gguf, offset);
    offset += padded(bytes);
  }
  const header = builder.finish(plans.length, ALIGNMENT);
  return {
    size: header.length + offset,
    async *chunks(signal) {
      if (!isUntied) await assertTied(checkpoint, signal);
      yield header;
      for (const plan of plans) {
        yield* encodeTensor(plan.source, plan.type, 0, signal);
        yield new Uint8Array(padded(plan.bytes) - plan.bytes);
      }
    },
  };
}

/** @throws {UnsupportedError} if there is an output projection that is not the table, which the config does not say. */
async function assertTied(
  { tensors, config, name: file }: Checkpoint,
  signal?: AbortSignal,
): Promise<void> {
  const head = tensors.get(HEAD);
  const table = tensors.get(TABLE);
  if (!head || !table) return;
  assertDType(head);
  assertDType(table);
  const rows = config.vocabSize;
  const isLike =
    head.shape[1] === table.shape[1] && head.shape[0] >= rows && table.shape[0] >= rows;
  if (isLike && (await firstDifference(head, table, rows, signal)) === undefined) return;
  const expected = `the numbers of ${TABLE}`;
  const hint = "config.tieWordEmbeddings: false writes an output projection of its own";
  throw refusals(op, file).unsupported(HEAD, expected, "others", hint);
}

function planOf(
  name: string,
  source: RowSource,
  wanted: GgufWeightType | undefined,
  file: string,
): Plan {
  const known = ggufName(name);
  if (known === undefined) {
    const expected = "only tensors of a Gemma 1, which llama.cpp has names for";
    throw refusals(op, file).format(name, expected, "an unknown tensor");
  }
  const { shape } = source;
  const asked = shape.length === 1 ? "F32" : (wanted ?? storedAs(source.dtype));
  const type = shape[shape.length - 1] % byName(asked).block === 0 ? asked : "F16";
  return { name: known, source, type, bytes: elementsOf(shape) * byName(type).bytes };
}

function storedAs(dtype: DType = "float32"): GgufWeightType {
  return TYPES.find((type) => type === namesOf(dtype).name) ?? "F32";
}

function addMetadata(
  builder: GgufBuilder,
  checkpoint: Checkpoint,
  options: GgufOptions,
  plans: readonly Plan[],
): void {
  const { config, name, tokenizer } = checkpoint;
  const table = plans.find((plan) => plan.name === "token_embd.weight");
  builder.string("general.architecture", "gemma");
  builder.string("general.name", options.name ?? name);
  builder.uint32("general.file_type", FILE_TYPES[table?.type ?? "F32"]);
  builder.uint32("general.quantization_version", 2);
  builder.uint32("gemma.context_length", config.maxPositionEmbeddings);
  builder.uint32("gemma.embedding_length", config.hiddenSize);
  builder.uint32("gemma.block_count", config.numHiddenLayers);
  builder.uint32("gemma.feed_forward_length", config.intermediateSize);
  builder.uint32("gemma.attention.head_count", config.numAttentionHeads);
  builder.uint32("gemma.attention.head_count_kv", config.numKeyValueHeads);
  builder.uint32("gemma.attention.key_length", config.headDim);
  builder.uint32("gemma.attention.value_length", config.headDim);
  builder.float32("gemma.attention.layer_norm_rms_epsilon", config.rmsNormEps);
  builder.float32("gemma.rope.freq_base", config.ropeTheta);
  if (!tokenizer) {
    builder.uint32("gemma.vocab_size", config.vocabSize);
    builder.string("tokenizer.ggml.model", "no_vocab");
    return;
  }
  const model = tokenizer.model();
  addVocabulary(builder, model, table?.source.shape[0] ?? config.vocabSize);
  builder.uint32("tokenizer.ggml.bos_token_id", config.bosTokenId);
  // There is room for three; `<end_of_turn>` and its like are known to llama.cpp by their texts, too.
  eosTokenIds(config)
    .slice(0, ENDS.length)
    .forEach((id, i) => {
      builder.uint32(ENDS[i], id);
    });
  builder.uint32("tokenizer.ggml.padding_token_id", config.padTokenId);
  const template = chatTemplateFor(checkpoint);
  if (template !== undefined) builder.string("tokenizer.chat_template", template);
  builder.bool("tokenizer.ggml.add_bos_token", true);
  builder.bool("tokenizer.ggml.add_eos_token", false);
}

/** llama.cpp requires a token for every row of the table. */
function addVocabulary(builder: GgufBuilder, model: ModelProto, rows: number): void {
  const { normalizerSpec } = model;
  const pieces = [...model.pieces];
  while (pieces.length < rows) pieces.push(placeholder(pieces.length));
  const unknown = pieces.findIndex(({ type }) => type === PieceType.UNKNOWN);
  builder.string("tokenizer.ggml.model", "llama");
  builder.string("tokenizer.ggml.pre", "default");
  builder.strings(
    "tokenizer.ggml.tokens",
    pieces.map(({ piece }) => piece),
  );
  builder.floats(
    "tokenizer.ggml.scores",
    Float32Array.from(pieces, ({ score }) => score),
  );
  builder.integers(
    "tokenizer.ggml.token_type",
    Int32Array.from(pieces, ({ type }) => type),
  );
  builder.uint32("tokenizer.ggml.unknown_token_id", unknown);
  builder.bool("tokenizer.ggml.add_space_prefix", normalizerSpec.addDummyPrefix);
  builder.bool("tokenizer.ggml.remove_extra_whitespaces", normalizerSpec.removeExtraWhitespaces);
}

function padded(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
