/**
 * The tensors of a GGUF file. They stay as they are stored, dense or in blocks.
 * @module
 */
import { type Refusals, refusals } from "../../errors.ts";
import type { ByteSource } from "../../source/byte-source.ts";
import type { RowSource } from "../../tensor/stored.ts";
import { elementsOf, formatShape } from "../../tensor/tensor.ts";
import { byGguf, DTYPES } from "../dtypes.ts";
import { fileRows, TRUNCATED } from "../file-rows.ts";
import { type GgufEntry, type GgufHeader, type GgufValue, readGgufHeader } from "./header.ts";

/** Types that are not read, for error messages. Those that are read stand in dtypes.ts. */
const OTHERS: Readonly<Record<number, string>> = {
  9: "Q8_1",
  15: "Q8_K",
  16: "IQ2_XXS",
  17: "IQ2_XS",
  18: "IQ3_XXS",
  19: "IQ1_S",
  21: "IQ3_S",
  22: "IQ2_S",
  24: "I8",
  25: "I16",
  26: "I32",
  27: "I64",
  29: "IQ1_M",
  31: "Q4_0_4_4",
  32: "Q4_0_4_8",
  33: "Q4_0_8_8",
  34: "TQ1_0",
  35: "TQ2_0",
  39: "MXFP4",
  40: "NVFP4",
};

/** A GGUF file: its metadata, and its tensors by name. */
export interface Gguf {
  /** What the file says of the model and its tokenizer, by key. */
  readonly metadata: ReadonlyMap<string, GgufValue>;
  /** The tensors, by the names of the file. */
  readonly tensors: ReadonlyMap<string, RowSource>;
}

/** Where a tensor lies, in bytes from where the data begin. */
interface Span {
  readonly name: string;
  readonly begin: number;
  readonly end: number;
}

/**
 * Reads the header of a GGUF file. The tensors read from `source` when asked, so it must stay open.
 * @param head its first bytes, where they have been read already.
 * @throws {FormatError} if it is not a GGUF file, is damaged or cut short.
 * @throws {UnsupportedError} if it is of another version, or a tensor of a type that is not read.
 */
export async function readGguf(
  source: ByteSource,
  signal?: AbortSignal,
  head?: Uint8Array,
): Promise<Gguf> {
  const header = await readGgufHeader(source, signal, head);
  const refuse = refusals("readGguf", source.name);
  const tensors = new Map<string, RowSource>();
  const spans: Span[] = [];
  for (const [name, entry] of header.entries) {
    const { rows, bytes } = rowsOf(source, header, name, entry, refuse);
    tensors.set(name, rows);
    if (bytes > 0) spans.push({ name, begin: entry.offset, end: entry.offset + bytes });
  }
  assertApart(spans, refuse);
  return { metadata: header.metadata, tensors };
}

function rowsOf(
  source: ByteSource,
  { dataBegin, alignment }: GgufHeader,
  name: string,
  { type: number, shape, offset }: GgufEntry,
  refuse: Refusals,
): { rows: RowSource; bytes: number } {
  const known = byGguf(number);
  if (!known) {
    const names = DTYPES.map((read) => read.name).join(", ");
    // What llama.cpp's quantiser puts into a file of each name (src/llama-quant.cpp).
    const hint =
      "get a file of this model that is called Q8_0, Q6_K, Q5_K, Q4_K, Q3_K, IQ4, BF16 or F16; those called IQ1, IQ2, IQ3, TQ or MXFP4 have types that are not read";
    const got = OTHERS[number] ?? `type ${number}`;
    throw refuse.unsupported(name, `a tensor of type ${names}`, got, hint);
  }
  const { dtype, block } = known;
  if ((shape.at(-1) ?? 1) % block !== 0) {
    throw refuse.format(name, `rows of whole blocks of ${block} for ${known.name}`, shape);
  }
  if (offset % alignment !== 0) {
    throw refuse.format(name, `an offset on ${alignment} bytes`, offset);
  }
  const bytes = elementsOf(shape) * known.bytes;
  const begin = dataBegin + offset;
  if (begin + bytes > source.size) {
    const expected = `${bytes} bytes at ${begin}, for ${known.name} ${formatShape(shape)}`;
    throw refuse.format(name, expected, `a file of ${source.size} bytes`, TRUNCATED);
  }
  return { rows: fileRows({ source, name, dtype, shape, begin }), bytes };
}

function assertApart(spans: Span[], refuse: Refusals): void {
  spans.sort((a, b) => a.begin - b.begin);
  for (let i = 1; i < spans.length; i++) {
    const [before, { name, begin }] = [spans[i - 1], spans[i]];
    if (begin >= before.end) continue;
    throw refuse.format(name, "a place of its own", `bytes that belong to ${before.name}`);
  }
}
