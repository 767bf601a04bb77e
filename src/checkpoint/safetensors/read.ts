/**
 * safetensors, the format in which Gemma is published on Hugging Face:
 *
 *     8 bytes   N, the length of the header, uint64 little-endian
 *     N bytes   the header, a JSON object (see header.ts), padded with spaces
 *     the rest  the tensors, little-endian and row-major, one after another
 *
 * Unlike a pickle it runs no code, and a tensor can be read without reading those before it. Only
 * the header is read here; the tensors follow by range, when asked for.
 * https://github.com/huggingface/safetensors (README.md, "Format"; limits from src/tensor.rs).
 * @module
 */
import { FormatError, UnsupportedError } from "../../errors.ts";
import { type ByteSource, readExactly } from "../../source/byte-source.ts";
import { FILE_KIND_BYTES, fileKind } from "../../source/file-kind.ts";
import type { DType, RowSource } from "../../tensor/stored.ts";
import { fileRows, unreadable } from "../file-rows.ts";
import { parseSafetensorsHeader, type SafetensorsEntry, type SafetensorsHeader } from "./header.ts";

/** The official reader's limit: a header may not make a reader allocate without bound. */
const MAX_HEADER_BYTES = 100_000_000;

/** The dtypes a weight may be stored in. */
const DTYPES: Readonly<Record<string, DType>> = {
  F64: "float64",
  F32: "float32",
  F16: "float16",
  BF16: "bfloat16",
};

const op = "readSafetensors";

/**
 * The tensors of a safetensors file by name. They read from `source` when asked, so it must stay
 * open. A tensor that no weight can be (integers, float8) is listed too, with its name and shape;
 * asking for its `dtype` or its rows is an {@link UnsupportedError}, so that one nobody uses does no
 * harm.
 *
 * @throws {FormatError} if it is not a safetensors file, is damaged, or is cut short.
 * @throws {UnsupportedError} if a dtype is none of the format's.
 */
export async function readSafetensors(
  source: ByteSource,
  signal?: AbortSignal,
): Promise<Map<string, RowSource>> {
  const { entries, dataBegin } = await readSafetensorsHeader(source, signal);
  const tensors = new Map<string, RowSource>();
  for (const [name, entry] of entries) {
    const { dtype, shape, begin } = entry;
    tensors.set(
      name,
      Object.hasOwn(DTYPES, dtype)
        ? fileRows({ source, name, dtype: DTYPES[dtype], shape, begin: dataBegin + begin })
        : unreadable(name, shape, refusalOf(source.name, name, entry)),
    );
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
  if (size < 8) {
    throw new FormatError({
      op,
      file,
      expected: "a safetensors file, of 8 bytes at least",
      got: `${size} bytes`,
      hint: "the file is truncated, or is still being downloaded",
    });
  }
  const prefix = await readExactly(op, source, 0, 8, signal);
  const length = new DataView(prefix.buffer, prefix.byteOffset).getBigUint64(0, true);
  const limit = Math.min(size - 8, MAX_HEADER_BYTES);
  if (length > limit) {
    const tooLong = `a header of at most ${limit} bytes in a file of ${size}`;
    throw await notSafetensors(source, tooLong, `a header length of ${length}`, signal);
  }
  const dataBegin = 8 + Number(length);
  const json = await readExactly(op, source, 8, dataBegin, signal);
  if (json[0] !== 0x7b) {
    const got = json.length === 0 ? "an empty header" : `byte 0x${hex(json[0])}`;
    throw await notSafetensors(source, 'a header that begins with "{"', got, signal);
  }
  return { ...parseSafetensorsHeader(json, size - dataBegin, file), dataBegin };
}

const hex = (byte: number) => byte.toString(16).padStart(2, "0");

/** The error for a file that does not begin like a safetensors file: says what it is, if known. */
async function notSafetensors(
  source: ByteSource,
  expected: string,
  got: string,
  signal?: AbortSignal,
): Promise<FormatError> {
  const { name: file, size } = source;
  const head = await readExactly(op, source, 0, Math.min(size, FILE_KIND_BYTES), signal);
  const looksCut = head[8] === 0x7b; // the "{" is in its place, so the length would only fit by chance
  const kind = looksCut ? undefined : fileKind(head);
  if (kind) {
    const { title, hint } = kind;
    return new FormatError({ op, file, expected: "a safetensors file", got: title, hint });
  }
  const hint = "this is not a safetensors file, or it is truncated or still being downloaded";
  return new FormatError({ op, file, expected, got, hint });
}

function refusalOf(file: string, name: string, { dtype }: SafetensorsEntry): UnsupportedError {
  return new UnsupportedError({
    op,
    file,
    argument: name,
    expected: `one of ${Object.keys(DTYPES).join(", ")}`,
    got: dtype,
    hint: "weights of this dtype cannot be read; save the checkpoint in bfloat16 or float32",
  });
}
