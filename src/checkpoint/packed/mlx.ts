/**
 * Matrices as MLX packs them: a number is q of a few bits, and each group along a row has a scale and a bias:
 *
 *     w = scale·q + bias                 X.weight, uint32 [R, C·bits/32]; X.scales and X.biases, [R, C/group]
 *
 * The q of a row follow each other in its bytes from the lowest bit on, whatever their number of bits. The product
 * and the sum are exact here, in float64. MLX itself rounds them to the dtype of the scales where it widens a weight
 * (the embedding), and to float32 within its matmul.
 * https://ml-explore.github.io/mlx/build/html/python/_autosummary/mlx.core.quantize.html; mlx:
 * mlx/backend/cpu/quantized.cpp.
 * @module
 */
import type { Refusals } from "../../errors.ts";
import type { MlxGroups } from "../../hf-quantization.ts";
import { assertDType, type WeightSource } from "../../tensor/stored.ts";
import { formatShape } from "../../tensor/tensor.ts";
import type { Integers } from "../file-rows.ts";
import { assertPart, integersOf, numbersOf, partOf, type Tensors } from "./parts.ts";

/** The parts of a matrix [R, C]. */
interface Packed extends MlxGroups {
  readonly words: Integers;
  readonly scales: WeightSource;
  readonly biases: WeightSource;
  readonly columns: number;
}

/**
 * The matrix `layer.weight`, [R, C], as float64; as blocks of Q4_1 where its numbers are such blocks.
 * @throws {FormatError} if a part is missing, or its shape contradicts the others and `groups`.
 */
export function mlxWeight(
  tensors: Tensors,
  layer: string,
  groups: MlxGroups,
  refuse: Refusals,
): WeightSource {
  const [weight, scales, biases] = ["weight", "scales", "biases"].map((part) =>
    partOf(tensors, `${layer}.${part}`, refuse),
  );
  const words = integersOf(weight, "U32", refuse);
  assertDType(scales);
  assertDType(biases);
  const [rows, width] = weight.shape;
  const { groupSize, bits } = groups;
  const columns = (width * 32) / bits;
  if (weight.shape.length !== 2 || columns % groupSize !== 0) {
    const expected = `rows of whole groups of ${groupSize} numbers of ${bits} bits, as config.json says`;
    throw refuse.format(weight.name, expected, `U32 ${formatShape(weight.shape)}`);
  }
  for (const part of [scales, biases]) assertPart(part, [rows, columns / groupSize], refuse);
  const packed: Packed = { ...groups, words, scales, biases, columns };
  const { name, file } = weight;
  const isQ4_1 =
    bits === 4 && groupSize % 32 === 0 && scales.dtype === "float16" && biases.dtype === "float16";
  return {
    name,
    file,
    shape: [rows, columns],
    dtype: isQ4_1 ? "q4_1" : "float64",
    rows: (begin, end, signal) =>
      isQ4_1 ? asQ4_1(packed, begin, end, signal) : widened(packed, begin, end, signal),
  };
}

async function widened(
  { words, scales, biases, columns, groupSize, bits }: Packed,
  begin: number,
  end: number,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const [bytes, scale, bias] = await Promise.all([
    words.rows(begin, end, signal),
    numbersOf(scales, begin, end, signal),
    numbersOf(biases, begin, end, signal),
  ]);
  const out = new Float64Array((end - begin) * columns);
  const mask = 2 ** bits - 1;
  // Rows are whole groups and whole words, so both run on from one row into the next. A table may have more than 2³² bits.
  for (let group = 0, i = 0; i < out.length; group++) {
    const [s, b] = [scale[group], bias[group]];
    const first = group * groupSize * bits;
    const origin = Math.floor(first / 8);
    for (let last = i + groupSize, bit = first % 8; i < last; i++, bit += bits) {
      const at = origin + (bit >> 3);
      const q = ((bytes[at] | ((bytes[at + 1] ?? 0) << 8)) >>> (bit & 7)) & mask;
      out[i] = s * q + b;
    }
  }
  return new Uint8Array(out.buffer);
}

/** A block of Q4_1 (tensor/quantized.ts): scale and bias in float16, 32 numbers in 16 bytes. */
const [BLOCK, BLOCK_BYTES] = [32, 20];

/**
 * The same numbers as blocks, bit for bit: a group of 64 is two blocks with one scale. So they stay at 5 bits a
 * number in a backend that knows Q4_1.
 */
async function asQ4_1(
  { words, scales, biases, columns, groupSize }: Packed,
  begin: number,
  end: number,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const [bytes, scale, bias] = await Promise.all(
    [words, scales, biases].map((part) => part.rows(begin, end, signal)),
  );
  const blocks = ((end - begin) * columns) / BLOCK;
  const out = new Uint8Array(blocks * BLOCK_BYTES);
  for (let block = 0; block < blocks; block++) {
    const to = block * BLOCK_BYTES;
    const group = Math.floor((block * BLOCK) / groupSize);
    out.set(scale.subarray(2 * group, 2 * group + 2), to);
    out.set(bias.subarray(2 * group, 2 * group + 2), to + 2);
    const from = (block * BLOCK) / 2;
    // Q4_1 has number j and number j + 16 in one byte, MLX number 2j and number 2j + 1.
    for (let j = 0; j < 16; j++) {
      const [low, high] = [bytes[from + (j >> 1)], bytes[from + 8 + (j >> 1)]];
      const shift = (j & 1) * 4;
      out[to + 4 + j] = ((low >> shift) & 15) | (((high >> shift) & 15) << 4);
    }
  }
  return out;
}
