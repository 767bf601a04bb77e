/**
 * The three matmuls of training in plain JavaScript: the fast twins of nn/linear.ts and nn/backward/linear.ts as one set.
 * @module
 */
import type { Matmuls } from "../matmuls.ts";
import { matmulColumns } from "./matmul.ts";
import { matmulInput, matmulWeight } from "./matmul-backward.ts";

/** The bits of the definitions, whose sums are float64 and are rounded once, by `round`. */
export function tiledMatmuls(round: (x: number) => number): Matmuls {
  return {
    name: "javascript",
    forward: (y, x, weight) => matmulColumns(x, weight, y, 0, weight.shape[0], round),
    input: (dx, dy, weight, add) => matmulInput(dx, dy, weight, add, round),
    weight: (dWeight, dy, x) => matmulWeight(dWeight, dy, x, round),
  };
}
