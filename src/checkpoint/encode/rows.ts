/**
 * Numbers of any dtype as another, a row at a time in float64: the definition of what is written.
 * @module
 */
import { refusals } from "../../errors.ts";
import { float64ToBfloat16 } from "../../tensor/bfloat16.ts";
import { float32ToFloat16 } from "../../tensor/float16.ts";
import { quantizeQ4_0, quantizeQ8_0 } from "../../tensor/quantized.ts";
import {
  BYTES_PER_ELEMENT,
  storedFromBytes,
  type WeightSource,
  widenRow,
} from "../../tensor/stored.ts";
import { formatShape } from "../../tensor/tensor.ts";
import { byName, type WeightType } from "../dtypes.ts";

/**
 * From this size on a number becomes infinite in a type: halfway from its largest to the next power of two. In
 * blocks their scale does, a float16 of the largest number, rounded to float32 and divided by 127 or by −8.
 */
const TOO_LARGE: Readonly<Record<WeightType, number>> = {
  F64: Number.POSITIVE_INFINITY,
  F32: 2 ** 128 - 2 ** 103,
  F16: 65520,
  BF16: 2 ** 128 - 2 ** 119,
  Q8_0: 127 * 65520 - 2 ** -2,
  Q4_0: 8 * 65520 - 2 ** -6,
};

/**
 * Rows of a tensor, `stored` as they lie in a file, as the bytes of `type`. Each number is rounded once.
 * @param begin the first of the rows; it is named if a number does not fit. A vector is one row.
 * @param add is added to each number before, in float64.
 * @throws {UnsupportedError} if a number is too large for `type`: it would become infinite.
 */
export function encodeRows(
  source: WeightSource,
  stored: Uint8Array,
  begin: number,
  type: WeightType,
  add: number,
): Uint8Array {
  const { dtype, shape } = source;
  const isVector = shape.length === 1;
  const columns = shape[shape.length - 1];
  const rows = stored.length / (columns * BYTES_PER_ELEMENT[dtype]);
  const weight = storedFromBytes(stored, dtype, [rows, columns]);
  const rowBytes = columns * byName(type).bytes;
  const encoded = new Uint8Array(rows * rowBytes);
  const row = new Float64Array(columns);
  for (let r = 0; r < rows; r++) {
    widenRow(weight, r, row);
    if (add !== 0) for (let c = 0; c < columns; c++) row[c] += add;
    assertFits(row, type, source, isVector ? [] : [begin + r]);
    encoded.set(encodeRow(row, type), r * rowBytes);
  }
  return encoded;
}

/** @throws {UnsupportedError} if a number of `row`, which lies at index `at`, would become infinite in `type`. */
function assertFits(
  row: Float64Array,
  type: WeightType,
  { name, file }: WeightSource,
  at: readonly number[],
): void {
  const limit = TOO_LARGE[type];
  for (let c = 0; c < row.length; c++) {
    if ((row[c] < limit && row[c] > -limit) || !Number.isFinite(row[c])) continue;
    const wider = limit < TOO_LARGE.BF16 ? "BF16 or F32" : "F64";
    const expected = `numbers below ${limit}, as ${type} holds no larger ones`;
    const got = `${row[c]} at ${formatShape([...at, c])}`;
    const hint = `write ${wider}, or leave the type out`;
    throw refusals("encodeTensor", file).unsupported(name, expected, got, hint);
  }
}

/** Quantised from float32, as by llama.cpp. */
function encodeRow(row: Float64Array, type: WeightType): Uint8Array {
  switch (type) {
    case "F64":
      return new Uint8Array(row.buffer);
    case "F32":
      return new Uint8Array(new Float32Array(row).buffer);
    case "F16":
      return narrowed(row, float32ToFloat16);
    case "BF16":
      return narrowed(row, float64ToBfloat16);
    case "Q8_0":
      return quantizeQ8_0(new Float32Array(row));
    case "Q4_0":
      return quantizeQ4_0(new Float32Array(row));
  }
}

/** Not Uint16Array.from(row, bitsOf), which takes six times as long. */
function narrowed(row: Float64Array, bitsOf: (x: number) => number): Uint8Array {
  const bits = new Uint16Array(row.length);
  for (let c = 0; c < row.length; c++) bits[c] = bitsOf(row[c]);
  return new Uint8Array(bits.buffer);
}
