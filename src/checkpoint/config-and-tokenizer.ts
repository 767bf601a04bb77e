/**
 * The two files that Hugging Face keeps beside the weights: `config.json`, and `tokenizer.model` or its JSON.
 * @module
 */
import type { GemmaConfig } from "../config.ts";
import { refusals } from "../errors.ts";
import { fromHfConfig, toHfConfig } from "../hf-config.ts";
import { assertSmall, closeAll, MAX_TEXT, readAll } from "../source/byte-source.ts";
import { fileKind } from "../source/file-kind.ts";
import type { Folder } from "../source/folder.ts";
import { parseJsonObject } from "../source/json.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { byName } from "./dtypes.ts";
import { type SafetensorsType, safetensorsType } from "./encode.ts";
import { CONFIG, TOKENIZER, TOKENIZER_JSON } from "./file-names.ts";
import { type TokenizerFile, tokenizerFile } from "./tokenizer-file.ts";
import { hfVocabulary } from "./tokenizer-json/read.ts";

/**
 * The bytes of `config.json` and `tokenizer.model`, by name.
 * @param type the type in which the weights are written. Default: as they are.
 */
export function hfFiles(
  { config, tensors, tokenizer }: Checkpoint,
  type?: SafetensorsType,
): Map<string, Uint8Array> {
  const table = tensors.get("model.embed_tokens.weight");
  const { dtype } = byName(type ?? safetensorsType(table?.dtype));
  const json = `${JSON.stringify(toHfConfig(config, dtype), null, 2)}\n`;
  const files = new Map([[CONFIG, new TextEncoder().encode(json) as Uint8Array]]);
  if (tokenizer) files.set(TOKENIZER, tokenizer.bytes());
  return files;
}

/** The config in `config.json`, if there is one; `op` is the caller, for errors. */
export async function findConfig(
  op: string,
  folder: Folder,
  signal?: AbortSignal,
): Promise<GemmaConfig | undefined> {
  const bytes = await readWhole(op, folder, CONFIG, signal, MAX_TEXT);
  return bytes && fromHfConfig(parseJsonObject(bytes, op, CONFIG), CONFIG);
}

/** The tokenizer in `tokenizer.model`, or else in `tokenizer.json`; undefined if there is neither. */
export async function findTokenizer(
  op: string,
  folder: Folder,
  signal?: AbortSignal,
): Promise<TokenizerFile | undefined> {
  const bytes = await readWhole(op, folder, TOKENIZER, signal);
  if (bytes) {
    return tokenizerFile(assertModelProto(op, bytes, TOKENIZER), `${folder.name}/${TOKENIZER}`);
  }
  const json = await readWhole(op, folder, TOKENIZER_JSON, signal);
  if (!json) return undefined;
  const model = hfVocabulary(parseJsonObject(json, op, TOKENIZER_JSON), TOKENIZER_JSON);
  return tokenizerFile(model, `${folder.name}/${TOKENIZER_JSON}`);
}

/**
 * `bytes` of a `tokenizer.model`, recognised but not parsed.
 * @throws {FormatError} if it is a file of another kind, such as a pointer or a page in its place.
 */
export function assertModelProto(op: string, bytes: Uint8Array, file: string): Uint8Array {
  const kind = fileKind(bytes);
  // A SentencePiece model begins with a newline and a length, which may be that of "{".
  if (!kind || (kind.kind === "json" && bytes[0] === 0x0a)) return bytes;
  throw refusals(op, file).format(undefined, "a SentencePiece model", kind.title, kind.hint);
}

async function readWhole(
  op: string,
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
