/**
 * The tensors of a GGUF file. They stay as they are stored, dense or in blocks.
 * @module
 */
import { FormatError, UnsupportedError } from "../../errors.ts";
import type { ByteSource } from "../../source/byte-source.ts";
import { BLOCK_FORMATS, type BlockType } from "../../tensor/quantized.ts";
import { BYTES_PER_ELEMENT, type DType, type RowSource } from "../../tensor/stored.ts";
import { formatShape } from "../../tensor/tensor.ts";
import { fileRows } from "../file-rows.ts";
import { type GgufEntry, type GgufHeader, type GgufValue, readGgufHeader } from "./header.ts";

/** A type of tensor that can be read (ggml: include/ggml.h, `enum ggml_type`). */
interface GgufType {
  readonly name: string;
  readonly dtype: DType;
}

const TYPES: Readonly<Record<number, GgufType>> = {
  0: { name: "F32", dtype: "float32" },
  1: { name: "F16", dtype: "float16" },
  2: { name: "Q4_0", dtype: "q4_0" },
  3: { name: "Q4_1", dtype: "q4_1" },
  6: { name: "Q5_0", dtype: "q5_0" },
  8: { name: "Q8_0", dtype: "q8_0" },
  12: { name: "Q4_K", dtype: "q4_k" },
  14: { name: "Q6_K", dtype: "q6_k" },
  28: { name: "F64", dtype: "float64" },
  30: { name: "BF16", dtype: "bfloat16" },
};

/** Types that are known by name only, for error messages. */
const OTHERS: Readonly<Record<number, string>> = {
  7: "Q5_1",
  9: "Q8_1",
  10: "Q2_K",
  11: "Q3_K",
  13: "Q5_K",
  15: "Q8_K",
  16: "IQ2_XXS",
  17: "IQ2_XS",
  18: "IQ3_XXS",
  19: "IQ1_S",
  20: "IQ4_NL",
  21: "IQ3_S",
  22: "IQ2_S",
  23: "IQ4_XS",
  24: "I8",
  25: "I16",
  26: "I32",
  27: "I64",
  29: "IQ1_M",
};

/** A GGUF file: what it says of itself, and its tensors by name. */
export interface Gguf {
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly tensors: ReadonlyMap<string, RowSource>;
}

const op = "readGguf";

/**
 * Reads the header of a GGUF file. The tensors read from `source` when asked, so it must stay open.
 * @throws {FormatError} if it is not a GGUF file, is damaged or cut short.
 * @throws {UnsupportedError} if it is of another version, or a tensor of a type that is not read.
 */
export async function readGguf(source: ByteSource, signal?: AbortSignal): Promise<Gguf> {
  const header = await readGgufHeader(source, signal);
  const tensors = new Map<string, RowSource>();
  const spans: { name: string; begin: number; end: number }[] = [];
  for (const [name, entry] of header.entries) {
    const { rows, bytes } = rowsOf(source, header, name, entry);
    tensors.set(name, rows);
    if (bytes > 0) spans.push({ name, begin: entry.offset, end: entry.offset + bytes });
  }
  assertApart(source, spans);
  return { metadata: header.metadata, tensors };
}

function rowsOf(
  source: ByteSource,
  { dataBegin, alignment }: GgufHeader,
  name: string,
  { type: number, shape, offset }: GgufEntry,
): { rows: RowSource; bytes: number } {
  const file = source.name;
  const type = Object.hasOwn(TYPES, number) ? TYPES[number] : undefined;
  if (!type) {
    const names = Object.values(TYPES).map((known) => known.name);
    throw new UnsupportedError({
      op,
      file,
      argument: name,
      expected: `a tensor of type ${names.join(", ")}`,
      got: OTHERS[number] ?? `type ${number}`,
      hint: "get the model in one of those, for example Q8_0",
    });
  }
  const refuse = (expected: string, got: string, hint?: string) =>
    new FormatError({ op, file, argument: name, expected, got, hint });
  const { dtype } = type;
  const format = formatOf(dtype);
  const columns = shape.at(-1) ?? 1;
  if (columns % format.numbers !== 0) {
    throw refuse(`rows of whole blocks of ${format.numbers} for ${type.name}`, formatShape(shape));
  }
  if (offset % alignment !== 0) throw refuse(`an offset on ${alignment} bytes`, `${offset}`);
  const elements = shape.reduce((product, axis) => product * axis, 1);
  const bytes = (elements / format.numbers) * format.bytes;
  const begin = dataBegin + offset;
  if (begin + bytes > source.size) {
    throw refuse(
      `${bytes} bytes at ${begin}, for ${type.name} ${formatShape(shape)}`,
      `a file of ${source.size} bytes`,
      "the file is truncated, or is still being downloaded",
    );
  }
  return { rows: fileRows({ source, name, dtype, shape, begin }), bytes };
}

/** How many numbers lie in how many bytes. */
function formatOf(dtype: DType): { numbers: number; bytes: number } {
  if (Object.hasOwn(BLOCK_FORMATS, dtype)) return BLOCK_FORMATS[dtype as BlockType];
  return { numbers: 1, bytes: BYTES_PER_ELEMENT[dtype] };
}

function assertApart(
  source: ByteSource,
  spans: { name: string; begin: number; end: number }[],
): void {
  spans.sort((a, b) => a.begin - b.begin);
  for (let i = 1; i < spans.length; i++) {
    if (spans[i].begin >= spans[i - 1].end) continue;
    throw new FormatError({
      op,
      file: source.name,
      argument: spans[i].name,
      expected: "a place of its own",
      got: `bytes that belong to ${spans[i - 1].name}`,
    });
  }
}
