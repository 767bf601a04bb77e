/**
 * A factor of a file as numbers.
 * @module
 */
import { storedFromBytes, type WeightSource, widenRow } from "../../tensor/stored.ts";
import { elementsOf, type NdArray, tensor } from "../../tensor/tensor.ts";

/** All of it, [R, C], in float32 where that holds what is stored. */
export async function factorNumbers(source: WeightSource, signal?: AbortSignal): Promise<NdArray> {
  const { shape, dtype } = source;
  const wide = new Float64Array(elementsOf(shape));
  const bytes = await source.rows(0, shape[0], signal);
  widenRow(storedFromBytes(bytes, dtype, [1, wide.length]), 0, wide);
  return tensor(dtype === "float64" ? wide : Float32Array.from(wide), shape);
}
