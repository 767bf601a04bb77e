/**
 * nn/linear.ts by its fast twin: the same bits.
 * @module
 */
import type { Components } from "../../backend/cpu/cpu.ts";
import { matmulColumns } from "../../backend/cpu/matmul.ts";
import { float32, zeros } from "../../tensor/precision.ts";

export const fastLinear: Components["linear"] = (x, weight, { precision = float32, out } = {}) => {
  const [L] = x.shape;
  const [F] = weight.shape;
  const y = out ?? zeros([L, F], precision);
  matmulColumns(x, weight, y, 0, F, precision.round);
  return y;
};
