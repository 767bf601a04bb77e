/**
 * All kernels as one WebAssembly module.
 * @module
 */
import { type MemoryType, ModuleBuilder } from "../asm/module.ts";
import { FORMATS } from "../formats/formats.ts";
import { add } from "./add.ts";
import { attention } from "./attention.ts";
import { copyRows } from "./copy-rows.ts";
import { geglu } from "./geglu.ts";
import { int8Kernels } from "./int8/module.ts";
import { hasFewRows, matmulFewRows } from "./matmul-few-rows.ts";
import { matmulOneRow } from "./matmul-one-row.ts";
import { matmulTile } from "./matmul-tile.ts";
import { multiplyAdd, type Simd } from "./multiply-add.ts";
import { packRows } from "./pack-rows.ts";
import { packWeights } from "./pack-weights.ts";
import { rmsNorm } from "./rms-norm.ts";
import { rope } from "./rope.ts";
import { widenRows } from "./widen-rows.ts";

/** The binary of the module. */
export function kernels(simd: Simd, memory: MemoryType): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  const sum = multiplyAdd(simd);
  for (const format of Object.values(FORMATS)) {
    packWeights(module, format);
    matmulOneRow(module, format, sum);
    widenRows(module, format, sum);
    if (hasFewRows(format)) matmulFewRows(module, format, sum);
  }
  int8Kernels(module, simd);
  packRows(module);
  matmulTile(module, sum);
  rmsNorm(module);
  rope(module);
  attention(module, sum);
  geglu(module);
  copyRows(module);
  add(module);
  return module.bytes(memory);
}
