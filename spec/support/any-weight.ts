/** A weight of any dtype as float32, for backends of specs that take them all. */
import type { NaiveHandles } from "../../docs/examples/naive-backend.ts";
import { storedFromBytes, type WeightSource, widenRow } from "../../src/tensor/stored.ts";
import { elementsOf } from "../../src/tensor/tensor.ts";

export async function anyWeight(
  source: WeightSource,
  signal?: AbortSignal,
): Promise<NaiveHandles["weight"]> {
  const { shape, dtype, normOffset = 1 } = source;
  const [count, columns] = shape.length === 1 ? [1, shape[0]] : shape;
  const stored = storedFromBytes(await source.rows(0, shape[0], signal), dtype, [count, columns]);
  const row = new Float64Array(columns);
  const data = new Float32Array(elementsOf(shape));
  for (let r = 0; r < count; r++) {
    widenRow(stored, r, row);
    data.set(row, r * columns);
  }
  return { shape, data, normOffset };
}
