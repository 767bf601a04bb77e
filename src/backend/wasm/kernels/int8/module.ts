/**
 * The kernels for activations of int8.
 * @module
 */
import type { ModuleBuilder } from "../../asm/module.ts";
import { hasSubBlocks, integerPiece } from "../../formats/int8/format.ts";
import { integerFormats } from "../../formats/int8/formats.ts";
import { multiplied } from "../../formats/int8/products.ts";
import { multiplyAdd, type Simd } from "../multiply-add.ts";
import { packPieces } from "../pack-weights.ts";
import { oneRow } from "./one-row.ts";
import { quantizeRow } from "./quantize-rows.ts";
import { expandGroup, matmulTile, TILE } from "./tile.ts";
import { widenGroup } from "./widen-group.ts";
import { widenSubBlocks } from "./widen-sub-blocks.ts";

/** Adds them to a module. */
export function int8Kernels(module: ModuleBuilder, simd: Simd): void {
  const formats = integerFormats(simd === "relaxed-simd");
  const sum = multiplyAdd(simd);
  for (const format of formats) {
    packPieces(module, format.name, format, integerPiece(format).bytes);
    oneRow(module, format, sum);
    expandGroup(module, format);
    if (hasSubBlocks(format)) widenSubBlocks(module, format);
    else widenGroup(module, format);
  }
  for (const products of new Set(formats.map((format) => multiplied(format).products))) {
    for (const rows of [1, TILE]) quantizeRow(module, products, rows);
    matmulTile(module, products, sum);
  }
}
