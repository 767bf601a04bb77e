/**
 * A Gemma in a GGUF file: config, tensors and tokenizer from one file, or from all of its parts (parts.ts).
 *
 * It differs from a Hugging Face folder in two ways: tensors have llama.cpp's names, and norm weights have
 * the 1 of "1 + w" inside already. q and k need no permutation for RoPE: unlike Llama's, Gemma's rows are
 * stored as they were.
 * @module
 */
import type { GemmaConfig } from "../../config.ts";
import { GemmaError, refusals } from "../../errors.ts";
import { fromHfConfig } from "../../hf-config.ts";
import { assertOptions } from "../../options.ts";
import { type ByteSource, closeAll } from "../../source/byte-source.ts";
import { derived, type RowSource } from "../../tensor/stored.ts";
import { type Checkpoint, OPEN_NAMES, type OpenOptions } from "../checkpoint.ts";
import { tokenizerFile } from "../tokenizer-file.ts";
import { assertGemma1 } from "./assert-gemma1.ts";
import { assertModel } from "./assert-model.ts";
import { ENDS } from "./ends.ts";
import { type WholeGguf, wholeGguf } from "./parts.ts";
import { type Gguf, readGguf } from "./read.ts";
import { hfName } from "./tensor-names.ts";
import { ggufAddedTokens, ggufVocabulary } from "./vocabulary.ts";

const op = "openGguf";

const NO_BOS =
  "the file says tokenizer.ggml.add_bos_token: false; BOS is added all the same, pass ids to leave it out";

/**
 * Opens a GGUF file as a checkpoint, which then owns `source` and closes it. Of one in parts any part will do, where the
 * others can be opened beside it.
 * @param head its first bytes, where they have been read already.
 * @throws {FormatError} if it is damaged, or its metadata are missing or contradict each other.
 * @throws {UnsupportedError} if it is of another architecture or computes otherwise than a Gemma 1, or has
 * tensors of a type that is not read.
 */
export async function openGguf(
  source: ByteSource,
  options: OpenOptions = {},
  head?: Uint8Array,
): Promise<Checkpoint> {
  assertOptions(op, options, OPEN_NAMES);
  const { signal } = options;
  const gguf = await wholeGguf(source, await readGguf(source, signal, head), signal);
  try {
    return checkpointOf(gguf);
  } catch (error) {
    // The caller closes the one that it gave.
    await closeAll(gguf.sources.filter((part) => part !== source));
    throw error;
  }
}

function checkpointOf(gguf: WholeGguf): Checkpoint {
  const { sources } = gguf;
  const [{ name }] = sources;
  assertModel(gguf, name);
  const vocabulary = ggufVocabulary(gguf.metadata, name);
  const config = configOf(gguf, vocabulary?.pieces.length, name);
  assertGemma1(gguf.metadata, config, name);
  const template = gguf.metadata.get("tokenizer.chat_template");
  return {
    name,
    config,
    tensors: byHfName(gguf.tensors, name),
    ...(sources.length > 1 && { storage: `GGUF in ${sources.length} parts` }),
    ...(vocabulary && {
      tokenizer: {
        ...tokenizerFile(vocabulary, name),
        added: ggufAddedTokens(gguf.metadata, vocabulary),
      },
    }),
    ...(typeof template === "string" && { chatTemplate: template }),
    ...(gguf.metadata.get("tokenizer.ggml.add_bos_token") === false && { warnings: [NO_BOS] }),
    close: () => closeAll(sources),
  };
}

/** Hugging Face's key → that of GGUF. */
const KEYS: Readonly<Record<string, string>> = {
  model_type: "general.architecture",
  hidden_size: "gemma.embedding_length",
  intermediate_size: "gemma.feed_forward_length",
  num_hidden_layers: "gemma.block_count",
  num_attention_heads: "gemma.attention.head_count",
  num_key_value_heads: "gemma.attention.head_count_kv",
  head_dim: "gemma.attention.key_length",
  max_position_embeddings: "gemma.context_length",
  rms_norm_eps: "gemma.attention.layer_norm_rms_epsilon",
  rope_theta: "gemma.rope.freq_base",
  pad_token_id: "tokenizer.ggml.padding_token_id",
  bos_token_id: "tokenizer.ggml.bos_token_id",
};

function configOf(
  { metadata, tensors }: Gguf,
  pieces: number | undefined,
  file: string,
): GemmaConfig {
  const json: Record<string, unknown> = {};
  for (const [name, key] of Object.entries(KEYS)) {
    const value = metadata.get(key);
    if (value !== undefined) json[name] = typeof value === "number" ? decimal(value) : value;
  }
  // llama.cpp's defaults: a key-value head for each query head, and heads that make up the width.
  json.num_key_value_heads ??= json.num_attention_heads;
  json.head_dim ??= Number(json.hidden_size) / Number(json.num_attention_heads);
  // The file need not give it, and some tables have rows of padding after the vocabulary.
  const rows = tensors.get("token_embd.weight")?.shape[0];
  const ends = ENDS.flatMap((key) => metadata.get(key) ?? []);
  // A beginning or an end may be a row that no piece stands for. Writers put 2^32 - 1 where they know of none.
  const named = [json.bos_token_id, ...ends].map(Number).filter((id) => id < Number(rows));
  json.vocab_size = pieces === undefined ? rows : Math.max(pieces, ...named.map((id) => id + 1));
  json.eos_token_id = ends;
  if (Number(json.bos_token_id) >= Number(json.vocab_size)) json.bos_token_id = undefined;
  try {
    return fromHfConfig(json, file);
  } catch (error) {
    if (!(error instanceof GemmaError) || !error.argument) throw error;
    const end = /^eos_token_id\[(\d+)\]$/.exec(error.argument)?.[1];
    const argument = KEYS[error.argument] ?? ENDS[Number(end)] ?? "token_embd.weight";
    const Same = error.constructor as typeof GemmaError;
    throw new Same({ ...error, op, file, argument }, { cause: error });
  }
}

/**
 * The shortest decimal that is this float32: ε = 10⁻⁶ lies in the file as 9.99999997…·10⁻⁷, and in
 * float64 the difference would show.
 */
function decimal(value: number): number {
  if (Math.fround(value) !== value) return value;
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}

function byHfName(tensors: ReadonlyMap<string, RowSource>, file: string): Map<string, RowSource> {
  const byName = new Map<string, RowSource>();
  for (const [stored, source] of tensors) {
    const name = hfName(stored);
    if (byName.has(name)) {
      const refuse = refusals(op, file);
      throw refuse.format(name, "one tensor of that name", `a second one, stored as ${stored}`);
    }
    const isNorm = stored.endsWith("norm.weight");
    byName.set(name, isNorm ? derived(source, { normOffset: 0 }) : source);
  }
  return byName;
}
