/**
 * A Gemma 1 checkpoint as it lies on Hugging Face (google/gemma-2b and its kin):
 *
 *     config.json                     the shape of the model
 *     model.safetensors               the weights in one file, or
 *     model.safetensors.index.json    in several, with model-0000N-of-0000M.safetensors
 *     tokenizer.model                 SentencePiece, or in its absence
 *     tokenizer.json                  the same, converted; both are optional here
 *
 * Everything else in such a folder (generation_config.json, a float32 .gguf) is left alone. Where both
 * forms of the weights are there the single file wins, as in transformers.
 * @module
 */
import { fromHfConfig, type GemmaConfig } from "../config.ts";
import { FormatError } from "../errors.ts";
import type { RowSource } from "../tensor/stored.ts";
import { hfVocabulary } from "../tokenizer/hf-tokenizer.ts";
import type { ModelProto } from "../tokenizer/model-proto.ts";
import { assertSmall, type ByteSource, MAX_TEXT, readAll } from "./byte-source.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { fileKind } from "./file-kind.ts";
import type { Folder } from "./folder.ts";
import { assertNotForeign, CONFIG, INDEX, missing, TOKENIZER, WEIGHTS } from "./folder-advice.ts";
import { parseJsonObject } from "./json.ts";
import { readSafetensors } from "./safetensors.ts";
import { closeAll, openShards } from "./sharded.ts";

const TOKENIZER_JSON = "tokenizer.json";

const op = "openHfFolder";

/** Options of {@link openHfFolder}. */
export interface OpenOptions {
  /** Honoured before each read. */
  readonly signal?: AbortSignal;
}

/**
 * Opens a Hugging Face folder. Reads the config, the tokenizer and the headers of the weights, not
 * the weights.
 *
 * @throws {FormatError} if a file is missing, damaged or cut short.
 * @throws {UnsupportedError} if it is another family of models.
 */
export async function openHfFolder(
  folder: Folder,
  { signal }: OpenOptions = {},
): Promise<Checkpoint> {
  signal?.throwIfAborted();
  await assertNotForeign(folder);
  const config = await readConfig(folder, signal);
  const tokenizer = await findTokenizer(folder, signal);
  const { tensors, sources } = await openWeights(folder, signal);
  return {
    name: folder.name,
    config,
    tensors,
    ...(tokenizer && { tokenizer }),
    close: () => closeAll(sources),
  };
}

async function readConfig(folder: Folder, signal?: AbortSignal): Promise<GemmaConfig> {
  const config = await findConfig(folder, signal);
  if (!config) throw await missing(folder, CONFIG);
  return config;
}

/** The config in `config.json`, if there is one. */
export async function findConfig(
  folder: Folder,
  signal?: AbortSignal,
): Promise<GemmaConfig | undefined> {
  const bytes = await readWhole(folder, CONFIG, signal, MAX_TEXT);
  return bytes && fromHfConfig(parseJsonObject(bytes, op, CONFIG), CONFIG);
}

/** The bytes of `tokenizer.model`, or else what they would say by `tokenizer.json`; if there is either. */
export async function findTokenizer(
  folder: Folder,
  signal?: AbortSignal,
): Promise<Uint8Array | ModelProto | undefined> {
  const model = await readWhole(folder, TOKENIZER, signal);
  if (model) return assertModelProto(model, TOKENIZER);
  const json = await readWhole(folder, TOKENIZER_JSON, signal);
  return json && hfVocabulary(parseJsonObject(json, op, TOKENIZER_JSON), TOKENIZER_JSON);
}

/**
 * `bytes` of a `tokenizer.model`; whether it is whole is for its parser to say.
 * @throws {FormatError} if it is a file of another kind, such as a pointer or a page in its place.
 */
export function assertModelProto(bytes: Uint8Array, file: string): Uint8Array {
  const kind = fileKind(bytes);
  // A SentencePiece model begins with a newline and a length, which may be that of "{".
  if (!kind || (kind.kind === "json" && bytes[0] === 0x0a)) return bytes;
  const { title: got, hint } = kind;
  throw new FormatError({ op, file, expected: "a SentencePiece model", got, hint });
}

async function openWeights(
  folder: Folder,
  signal?: AbortSignal,
): Promise<{ tensors: ReadonlyMap<string, RowSource>; sources: readonly ByteSource[] }> {
  const single = await folder.open(WEIGHTS);
  if (single) {
    try {
      return { tensors: await readSafetensors(single, signal), sources: [single] };
    } catch (error) {
      await closeAll([single]);
      throw error;
    }
  }
  const index = await folder.open(INDEX);
  if (!index) throw await missing(folder, WEIGHTS);
  try {
    return await openShards(folder, index, signal, readSafetensors);
  } finally {
    await closeAll([index]);
  }
}

async function readWhole(
  folder: Folder,
  file: string,
  signal?: AbortSignal,
  most?: number,
): Promise<Uint8Array | undefined> {
  signal?.throwIfAborted();
  const source = await folder.open(file);
  if (!source) return undefined;
  try {
    assertSmall(op, source, most);
    return await readAll(source, signal);
  } finally {
    await closeAll([source]);
  }
}
