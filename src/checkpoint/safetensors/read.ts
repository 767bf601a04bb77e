/**
 * safetensors, the format in which Gemma is published on Hugging Face:
 *
 *     8 bytes   N, the length of the header, uint64 little-endian
 *     N bytes   the header, a JSON object (see header.ts), padded with spaces
 *     the rest  the tensors, little-endian and row-major, one after another
 *
 * Unlike a pickle it runs no code, and a tensor can be read without reading those before it. Only
 * the header is read here; tensors are read by range, when asked for.
 * https://github.com/huggingface/safetensors (README.md, "Format"; limits from src/tensor.rs).
 * @module
 */
import { refusals } from "../../errors.ts";
import { type ByteSource, readExactly } from "../../source/byte-source.ts";
import { FILE_KIND_BYTES, type FileKind, fileKind } from "../../source/file-kind.ts";
import type { RowSource } from "../../tensor/stored.ts";
import { bySafetensors, DENSE } from "../dtypes.ts";
import { fileRows, rowBytes, TRUNCATED, unreadable } from "../file-rows.ts";
import { BITS, parseSafetensorsHeader, type SafetensorsHeader } from "./header.ts";

/** The official reader's limit: a header may not make a reader allocate without bound. */
const MAX_HEADER_BYTES = 100_000_000;

const op = "readSafetensors";

/**
 * The tensors of a safetensors file by name. They read from `source` when asked, so it must stay open. A tensor
 * that no weight can be (integers, float8) is listed too; reading its rows is an `UnsupportedError`, so
 * that an unused one does no harm. Of tensors that share memory safetensors' `save_model` stores one, and says in
 * the metadata which names it had besides: {"model.embed_tokens.weight": "lm_head.weight"}. They all are listed.
 *
 * @throws {FormatError} if it is not a safetensors file, is damaged, or is cut short.
 * @throws {UnsupportedError} if a dtype is not one of the format's.
 */
export async function readSafetensors(
  source: ByteSource,
  signal?: AbortSignal,
): Promise<Map<string, RowSource>> {
  const refuse = refusals(op, source.name);
  const { entries, metadata, dataBegin } = await readSafetensorsHeader(source, signal);
  const tensors = new Map<string, RowSource>();
  for (const [name, { dtype: stored, shape, begin: offset }] of entries) {
    const dtype = bySafetensors(stored)?.dtype;
    if (dtype) {
      tensors.set(name, fileRows({ source, name, dtype, shape, begin: dataBegin + offset }));
      continue;
    }
    const expected = `one of ${DENSE.map((known) => known.name).join(", ")}`;
    const hint = "weights of this dtype cannot be read; save the checkpoint in bfloat16 or float32";
    const refusal = refuse.unsupported(name, expected, stored, hint);
    const place = { source, name, shape, begin: dataBegin + offset };
    const integers = { type: stored, rows: rowBytes(place, BITS[stored] / 8) };
    tensors.set(name, unreadable(name, shape, refusal, integers));
  }
  for (const [alias, name] of metadata) {
    const kept = tensors.get(name);
    if (kept && !tensors.has(alias)) tensors.set(alias, kept);
  }
  return tensors;
}

/**
 * The header alone: every tensor with its dtype as the file spells it, and the file's metadata.
 * `dataBegin` is the byte of the file at which offset 0 lies.
 * @throws as {@link readSafetensors}.
 */
export async function readSafetensorsHeader(
  source: ByteSource,
  signal?: AbortSignal,
): Promise<SafetensorsHeader & { readonly dataBegin: number }> {
  const { name: file, size } = source;
  const refuse = refusals(op, file);
  if (size < 8) {
    const expected = "a safetensors file, of 8 bytes at least";
    throw refuse.format(undefined, expected, `${size} bytes`, TRUNCATED);
  }
  const malformed = async (expected: string, got: string) => {
    const kind = await foreignKind(source, signal);
    if (kind) return refuse.format(undefined, "a safetensors file", kind.title, kind.hint);
    const hint = "this is not a safetensors file, or it is truncated or still being downloaded";
    return refuse.format(undefined, expected, got, hint);
  };
  const prefix = await readExactly(op, source, 0, 8, signal);
  const length = new DataView(prefix.buffer, prefix.byteOffset).getBigUint64(0, true);
  const limit = Math.min(size - 8, MAX_HEADER_BYTES);
  if (length > limit) {
    const expected = `a header of at most ${limit} bytes in a file of ${size}`;
    throw await malformed(expected, `a header length of ${length}`);
  }
  const dataBegin = 8 + Number(length);
  const json = await readExactly(op, source, 8, dataBegin, signal);
  if (json[0] !== OPENING_BRACE) {
    const got = json.length === 0 ? "an empty header" : `byte 0x${hex(json[0])}`;
    throw await malformed('a header that begins with "{"', got);
  }
  return { ...parseSafetensorsHeader(json, size - dataBegin, file), dataBegin };
}

const OPENING_BRACE = 0x7b;
const hex = (byte: number) => byte.toString(16).padStart(2, "0");

/** The kind of a file that does not begin like a safetensors file, if it is known. */
async function foreignKind(
  source: ByteSource,
  signal?: AbortSignal,
): Promise<FileKind | undefined> {
  const end = Math.min(source.size, FILE_KIND_BYTES);
  const head = await readExactly(op, source, 0, end, signal);
  // With the "{" in its place, the length in front of it would look like another format by chance only.
  return head[8] === OPENING_BRACE ? undefined : fileKind(head);
}
