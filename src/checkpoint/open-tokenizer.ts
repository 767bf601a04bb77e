/**
 * A tokenizer on its own, from whatever it comes in.
 * @module
 */
import { FormatError } from "../errors.ts";
import {
  assertSmall,
  type ByteSource,
  closeAll,
  readAll,
  readExactly,
} from "../source/byte-source.ts";
import { FILE_KIND_BYTES, fileKind } from "../source/file-kind.ts";
import { assertSource, type Folder, type Source } from "../source/folder.ts";
import { parseJsonObject } from "../source/json.ts";
import type { ModelProto } from "../tokenizer/model-proto.ts";
import { Tokenizer } from "../tokenizer/tokenizer.ts";
import type { OpenOptions } from "./checkpoint.ts";
import { assertModelProto, findTokenizer } from "./config-and-tokenizer.ts";
import { openCheckpoint } from "./open.ts";
import { hfVocabulary } from "./tokenizer-json/read.ts";

const op = "openTokenizer";

/**
 * The tokenizer of a folder, or in a file: `tokenizer.model`, `tokenizer.json`, or a checkpoint that has
 * one inside, told apart by what is in them. No weights are read, and `from` is closed.
 * @throws {FormatError} if there is none, or it is damaged.
 * @throws {UnsupportedError} if it is of another kind than Gemma's.
 */
export async function openTokenizer(from: Source, options: OpenOptions = {}): Promise<Tokenizer> {
  const source = assertSource(op, from);
  const model = "open" in source ? await ofFolder(source, options) : await ofFile(source, options);
  if (model) return Tokenizer.from(model, source.name);
  throw new FormatError({
    op,
    file: source.name,
    expected: "tokenizer.model or tokenizer.json, or a checkpoint with a vocabulary inside",
    got: "none of them",
    hint: "copy the model's tokenizer.model there",
  });
}

type Found = Uint8Array | ModelProto | undefined;

async function ofFolder(folder: Folder, options: OpenOptions): Promise<Found> {
  return (await findTokenizer(folder, options.signal)) ?? ofCheckpoint(folder, options);
}

async function ofFile(source: ByteSource, options: OpenOptions): Promise<Found> {
  const { name: file, size } = source;
  const { signal } = options;
  try {
    const head = await readExactly(op, source, 0, Math.min(size, FILE_KIND_BYTES), signal);
    const kind = fileKind(head)?.kind;
    if (kind === "gguf" || kind === "zip") return await ofCheckpoint(source, options);
    assertSmall(op, source);
    const bytes = await readAll(source, signal);
    if (kind === "json") return hfVocabulary(parseJsonObject(bytes, op, file), file);
    return assertModelProto(bytes, file);
  } finally {
    await closeAll([source]);
  }
}

async function ofCheckpoint(source: Folder | ByteSource, options: OpenOptions): Promise<Found> {
  const checkpoint = await openCheckpoint(source, options);
  await checkpoint.close();
  return checkpoint.tokenizer;
}
