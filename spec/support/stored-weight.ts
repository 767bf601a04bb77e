/** A weight of a loaded model as its file has it, for what a spec computes with nn/ by hand. */
import type { Handles } from "../../src/backend/backend.ts";
import type { Model } from "../../src/model/model.ts";
import {
  type Stored,
  storedFromBytes,
  type WeightSource,
  widenRow,
} from "../../src/tensor/stored.ts";
import { type NdArray, tensor } from "../../src/tensor/tensor.ts";

/** [F, D] */
export async function storedWeight<Dev extends Handles>(
  model: Model<Dev>,
  name: string,
): Promise<Stored> {
  const { dtype, shape, rows } = model.sources.get(name) as WeightSource;
  return storedFromBytes(await rows(0, shape[0]), dtype, shape);
}

/** [D], of a norm. */
export async function normWeight<Dev extends Handles>(
  model: Model<Dev>,
  name: string,
): Promise<NdArray> {
  const { dtype, shape, rows } = model.sources.get(name) as WeightSource;
  const [D] = shape;
  const data = new Float64Array(D);
  widenRow(storedFromBytes(await rows(0, D), dtype, [1, D]), 0, data);
  return tensor(data, [D]);
}
