/**
 * The kernels for activations of int8.
 * @module
 */
import type { ModuleBuilder } from "../../asm/module.ts";
import { INTEGER_FORMATS } from "../../formats/int8/formats.ts";
import type { MultiplyAdd } from "../multiply-add.ts";
import { packWeights } from "../pack-weights.ts";
import { oneRow } from "./one-row.ts";
import { quantizeRow } from "./quantize-rows.ts";
import { expandGroup, matmulTile, TILE } from "./tile.ts";
import { widenGroup } from "./widen-group.ts";

/** Adds them to a module. */
export function int8Kernels(module: ModuleBuilder, multiplyAdd: MultiplyAdd): void {
  for (const format of Object.values(INTEGER_FORMATS)) {
    packWeights(module, format.name, format, format.pieceBytes);
    oneRow(module, format, multiplyAdd);
    expandGroup(module, format);
    widenGroup(module, format);
  }
  for (const rows of [1, TILE]) quantizeRow(module, rows);
  matmulTile(module, multiplyAdd);
}
