/**
 * Matrices that bitsandbytes has packed into 4 bits, nf4 or fp4: the numbers of a matrix, row after row, two a byte
 * (the first in the upper half), each an index into a table of 16; a block of 64 numbers or so has one scale:
 *
 *     w[i] = quant_map[q[i]] · absmax[⌊i / blocksize⌋]
 *
 * With double quantisation the scales are bytes themselves, in blocks of 256:
 *
 *     absmax[j] = nested_quant_map[byte[j]] · nested_absmax[⌊j / nested_blocksize⌋] + nested_offset
 *
 * The table lies in the file, so nf4 and fp4 are one. All is exact or rounded to float64 here; bitsandbytes computes
 * in float32 and rounds to the dtype of the model.
 * arXiv 2305.14314 §3; bitsandbytes: bitsandbytes/functional.py (`QuantState`).
 * @module
 */
import { brief } from "../../brief.ts";
import type { Refusals } from "../../errors.ts";
import { parseJsonObject } from "../../source/json.ts";
import { BYTES_PER_ELEMENT, type RowSource, type WeightSource } from "../../tensor/stored.ts";
import { elementsOf } from "../../tensor/tensor.ts";
import type { Integers } from "../file-rows.ts";
import { assertPart, integersOf, numbersOf, partOf, type Tensors } from "./parts.ts";

/** The name of the tensor of JSON beside each packed weight, and the weight's. */
export const STATE: RegExp = /^(.+)\.quant_state\.bitsandbytes__(?:nf4|fp4)$/;

/** What that JSON says. */
interface State {
  readonly shape: readonly [rows: number, columns: number];
  readonly blocksize: number;
  /** Of the scales' own blocks, where they have some. */
  readonly nested?: { readonly blocksize: number; readonly offset: number };
}

/** Values `begin` to `end` (exclusive) of a list. */
type Slice<T> = (begin: number, end: number, signal?: AbortSignal) => Promise<T>;

/**
 * The matrix `name`, [R, C], as float64.
 * @param stateName its tensor of JSON, which is read.
 * @throws {FormatError} if a part is missing or damaged, or contradicts the others.
 */
export async function bitsandbytes4bit(
  tensors: Tensors,
  name: string,
  stateName: string,
  refuse: Refusals,
  signal?: AbortSignal,
): Promise<WeightSource> {
  const part = (suffix: string) => partOf(tensors, `${name}.${suffix}`, refuse);
  const packed = partOf(tensors, name, refuse);
  const state = await readState(partOf(tensors, stateName, refuse), refuse, signal);
  const { shape, blocksize, nested } = state;
  const count = elementsOf(shape);
  const halves = packedBytes(packed, Math.ceil(count / 2), refuse);
  const map = part("quant_map");
  assertPart(map, [16], refuse);
  const scales = nested
    ? nestedScales(part, Math.ceil(count / blocksize), nested, refuse)
    : plainScales(part("absmax"), Math.ceil(count / blocksize), refuse);
  return {
    name,
    file: packed.file,
    dtype: "float64",
    shape,
    async rows(begin, end, now) {
      const [first, last] = [begin * shape[1], end * shape[1]];
      const [byte, block] = [Math.floor(first / 2), Math.floor(first / blocksize)];
      const [bytes, scale, table] = await Promise.all([
        halves(byte, Math.ceil(last / 2), now),
        scales(block, Math.ceil(last / blocksize), now),
        numbersOf(map, 0, 16, now),
      ]);
      const out = new Float64Array(last - first);
      for (let i = first; i < last; i++) {
        const both = bytes[(i >>> 1) - byte];
        const q = i % 2 === 0 ? both >> 4 : both & 15;
        out[i - first] = table[q] * scale[Math.floor(i / blocksize) - block];
      }
      return new Uint8Array(out.buffer);
    },
  };
}

async function readState(
  source: RowSource,
  refuse: Refusals,
  signal?: AbortSignal,
): Promise<State> {
  const { name, file = name, shape } = source;
  const bytes = await integersOf(source, "U8", refuse).rows(0, shape[0] ?? 1, signal);
  const json = parseJsonObject(bytes, "openHfFolder", `${file}: ${name}`);
  const { blocksize, nested_blocksize, nested_offset } = json;
  const isSize = (x: unknown): x is number => Number.isSafeInteger(x) && Number(x) > 0;
  const wrong = (key: string, expected: string) =>
    refuse.format(name, `${expected} as ${key}`, brief(json[key]), "the file is damaged");
  const axes: readonly unknown[] = Array.isArray(json.shape) ? json.shape : [];
  const [rows, columns] = axes;
  const isMatrix = axes.length === 2 && isSize(rows) && isSize(columns);
  if (!isMatrix || rows * columns > 2 ** 31) throw wrong("shape", "two sizes");
  if (!isSize(blocksize)) throw wrong("blocksize", "a positive integer");
  if (nested_blocksize === undefined) return { shape: [rows, columns], blocksize };
  if (!isSize(nested_blocksize)) throw wrong("nested_blocksize", "a positive integer");
  if (typeof nested_offset !== "number") throw wrong("nested_offset", "a number");
  const nested = { blocksize: nested_blocksize, offset: nested_offset };
  return { shape: [rows, columns], blocksize, nested };
}

/** Bytes of the packed weight, which some store as numbers of another dtype (`bnb_4bit_quant_storage`). */
function packedBytes(source: RowSource, count: number, refuse: Refusals): Slice<Uint8Array> {
  const { dtype, shape } = source;
  const size = dtype ? BYTES_PER_ELEMENT[dtype] : 1;
  assertPart(source, [Math.ceil(count / size), ...shape.slice(1).map(() => 1)], refuse);
  const rows: Integers["rows"] = dtype
    ? (...range) => source.rows(...range)
    : integersOf(source, "U8", refuse).rows;
  return async (begin, end, signal) => {
    const first = Math.floor(begin / size);
    const bytes = await rows(first, Math.ceil(end / size), signal);
    return bytes.subarray(begin - first * size, end - first * size);
  };
}

function plainScales(absmax: RowSource, count: number, refuse: Refusals): Slice<Float64Array> {
  assertPart(absmax, [count], refuse);
  return (begin, end, signal) => numbersOf(absmax, begin, end, signal);
}

function nestedScales(
  part: (suffix: string) => RowSource,
  count: number,
  { blocksize, offset }: NonNullable<State["nested"]>,
  refuse: Refusals,
): Slice<Float64Array> {
  const [absmax, map, nested] = ["absmax", "nested_quant_map", "nested_absmax"].map(part);
  assertPart(absmax, [count], refuse);
  assertPart(map, [256], refuse);
  assertPart(nested, [Math.ceil(count / blocksize)], refuse);
  const { rows } = integersOf(absmax, "U8", refuse);
  return async (begin, end, signal) => {
    const first = Math.floor(begin / blocksize);
    const [bytes, table, scale] = await Promise.all([
      rows(begin, end, signal),
      numbersOf(map, 0, 256, signal),
      numbersOf(nested, first, Math.ceil(end / blocksize), signal),
    ]);
    const out = new Float64Array(end - begin);
    for (let j = 0; j < out.length; j++) {
      out[j] = table[bytes[j]] * scale[Math.floor((begin + j) / blocksize) - first] + offset;
    }
    return out;
  };
}
