/**
 * Masters on their way out: as tensors that can be read by rows, for a file or for a model to be loaded from.
 * @module
 */
import { asType } from "../checkpoint/encode/as-type.ts";
import { safetensorsType } from "../checkpoint/encode/encode.ts";
import { heldWeight } from "../tensor/held.ts";
import type { WeightSource } from "../tensor/stored.ts";
import { tensor } from "../tensor/tensor.ts";
import type { Parameter } from "./trains.ts";

/** The dtypes in which masters go out. */
export type OutType = "float64" | "float32" | "bfloat16";

/** A master as it is when it is read, each number rounded once to `dtype`. Default: its own. */
export function sourceOf(
  { name, shape, data }: Pick<Parameter, "name" | "shape" | "data">,
  dtype?: OutType,
): WeightSource {
  const held = heldWeight(name, tensor(data, shape));
  return dtype === undefined ? held : asType(held, safetensorsType(dtype));
}
