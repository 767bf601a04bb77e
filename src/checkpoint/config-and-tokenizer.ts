/**
 * What Hugging Face keeps beside the weights: `config.json`, and `tokenizer.model` where there is one.
 * @module
 */
import type { GemmaConfig } from "../config.ts";
import { FormatError } from "../errors.ts";
import { fromHfConfig, toHfConfig } from "../hf-config.ts";
import { assertSmall, closeAll, MAX_TEXT, readAll } from "../source/byte-source.ts";
import { fileKind } from "../source/file-kind.ts";
import type { Folder } from "../source/folder.ts";
import { parseJsonObject } from "../source/json.ts";
import type { ModelProto } from "../tokenizer/model-proto.ts";
import { writeModelProto } from "../tokenizer/model-proto-write.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { type SafetensorsType, safetensorsType } from "./encode.ts";
import { CONFIG, TOKENIZER, TOKENIZER_JSON } from "./file-names.ts";
import { hfVocabulary } from "./tokenizer-json/read.ts";

const op = "openHfFolder";

const TORCH_NAMES: Readonly<Record<SafetensorsType, string>> = {
  F64: "float64",
  F32: "float32",
  F16: "float16",
  BF16: "bfloat16",
};

/**
 * Their bytes, by name.
 * @param type what the weights are written as. Default: as they are.
 */
export function hfFiles(
  { config, tensors, tokenizer }: Checkpoint,
  type?: SafetensorsType,
): Map<string, Uint8Array> {
  const table = tensors.get("model.embed_tokens.weight");
  const dtype = TORCH_NAMES[type ?? safetensorsType(table?.dtype ?? "float32")];
  const json = `${JSON.stringify(toHfConfig(config, dtype), null, 2)}\n`;
  const files = new Map<string, Uint8Array>([["config.json", new TextEncoder().encode(json)]]);
  if (tokenizer) {
    const bytes = tokenizer instanceof Uint8Array ? tokenizer : writeModelProto(tokenizer);
    files.set("tokenizer.model", bytes);
  }
  return files;
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

export async function readWhole(
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
