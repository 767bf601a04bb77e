/**
 * Opening a tokenizer on its own, from a file of any format that holds one.
 * @module
 */
import { refusals } from "../errors.ts";
import { assertOptions } from "../options.ts";
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
import { Tokenizer } from "../tokenizer/tokenizer.ts";
import { assertModelProto, readTokenizer } from "./beside/read.ts";
import { type Checkpoint, OPEN_NAMES, type OpenOptions } from "./checkpoint.ts";
import { openCheckpoint, openFile } from "./open.ts";
import { type TokenizerFile, tokenizerFile } from "./tokenizer-file.ts";
import { hfVocabulary } from "./tokenizer-json/read.ts";

const op = "openTokenizer";

/**
 * The tokenizer of a folder, or in a file: `tokenizer.model`, `tokenizer.json`, or a checkpoint that has
 * one inside, recognised by its contents. No weights are read, and `from` is closed.
 * @throws {FormatError} if there is no tokenizer, or it is damaged.
 * @throws {UnsupportedError} if it is of another kind than Gemma's.
 */
export async function openTokenizer(from: Source, options: OpenOptions = {}): Promise<Tokenizer> {
  const source = assertSource(op, from);
  const file = "open" in source ? await ofFolder(source, options) : await ofFile(source, options);
  if (file) return new Tokenizer(file.model(), file.name);
  const expected = "tokenizer.model or tokenizer.json, or a checkpoint with a vocabulary inside";
  const hint = "copy the model's tokenizer.model there";
  throw refusals(op, source.name).format(undefined, expected, "no vocabulary", hint);
}

type Found = TokenizerFile | undefined;

async function ofFolder(folder: Folder, options: OpenOptions): Promise<Found> {
  assertOptions(op, options, OPEN_NAMES);
  return (
    (await readTokenizer(op, folder, options.signal)) ??
    ofCheckpoint(openCheckpoint(folder, options))
  );
}

async function ofFile(source: ByteSource, options: OpenOptions): Promise<Found> {
  const { name, size } = source;
  try {
    assertOptions(op, options, OPEN_NAMES);
    const { signal } = options;
    const head = await readExactly(op, source, 0, Math.min(size, FILE_KIND_BYTES), signal);
    const kind = fileKind(head)?.kind;
    if (kind === "gguf" || kind === "zip")
      return await ofCheckpoint(openFile(source, options, head));
    assertSmall(op, source);
    const bytes = await readAll(source, signal);
    const found =
      kind === "json"
        ? hfVocabulary(parseJsonObject(bytes, op, name), name)
        : assertModelProto(op, bytes, name);
    return tokenizerFile(found, name);
  } finally {
    await closeAll([source]);
  }
}

async function ofCheckpoint(opening: Promise<Checkpoint>): Promise<Found> {
  const checkpoint = await opening;
  await checkpoint.close();
  return checkpoint.tokenizer;
}
