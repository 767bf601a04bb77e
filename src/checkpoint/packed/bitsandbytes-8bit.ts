/**
 * Matrices that bitsandbytes has packed into 8 bits (LLM.int8()): a row has one scale, the largest of its numbers:
 *
 *     w[r, c] = q[r, c] · SCB[r] / 127        X.weight, int8 [R, C]; X.SCB, float32 [R]
 *
 * Which columns of an input are computed in 16 bits is decided while the model runs, and changes no weight.
 * arXiv 2208.07339 §3; bitsandbytes: bitsandbytes/nn/modules.py (`Linear8bitLt`).
 * @module
 */
import type { Refusals } from "../../errors.ts";
import type { WeightSource } from "../../tensor/stored.ts";
import { elementsOf, formatShape } from "../../tensor/tensor.ts";
import { assertPart, integersOf, numbersOf, partOf, type Tensors } from "./parts.ts";

/** Rows after one another; the other layouts are those of old GPUs' tiles. */
const ROW = 0;

/**
 * The matrix `layer.weight`, [R, C], as float64.
 * @throws {FormatError} if a part is missing or contradicts the others.
 * @throws {UnsupportedError} if it is in a layout for tiles of a GPU.
 */
export async function bitsandbytes8bit(
  tensors: Tensors,
  layer: string,
  refuse: Refusals,
  signal?: AbortSignal,
): Promise<WeightSource> {
  const weight = partOf(tensors, `${layer}.weight`, refuse);
  const scales = partOf(tensors, `${layer}.SCB`, refuse);
  const { rows: read } = integersOf(weight, "I8", refuse);
  const { name, file, shape } = weight;
  const [rows, columns] = shape;
  if (shape.length !== 2) throw refuse.format(name, "a matrix", formatShape(shape));
  assertPart(scales, [rows], refuse);
  const format = tensors.get(`${layer}.weight_format`);
  if (format && elementsOf(format.shape) !== 1) {
    throw refuse.format(format.name, "one number", formatShape(format.shape));
  }
  const [code = ROW] = format ? await integersOf(format, "U8", refuse).rows(0, 1, signal) : [];
  if (code !== ROW) {
    const hint = "save the model again with a current bitsandbytes, which stores rows";
    throw refuse.unsupported(`${layer}.weight_format`, `${ROW}, rows`, code, hint);
  }
  return {
    name,
    file,
    dtype: "float64",
    shape,
    async rows(begin, end, now) {
      const [bytes, scale] = await Promise.all([
        read(begin, end, now),
        numbersOf(scales, begin, end, now),
      ]);
      const q = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
      const out = Float64Array.from(q, (x, i) => (x * scale[Math.floor(i / columns)]) / 127);
      return new Uint8Array(out.buffer);
    },
  };
}
