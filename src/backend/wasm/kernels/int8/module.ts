/**
 * The kernels for activations of int8.
 * @module
 */
import type { ModuleBuilder } from "../../asm/module.ts";
import { integerFormats } from "../../formats/int8/formats.ts";
import { multiplied } from "../../formats/int8/products.ts";
import { multiplyAdd, type Simd } from "../multiply-add.ts";
import { packPieces } from "../pack-weights.ts";
import { oneRow } from "./one-row.ts";
import { quantizeRow } from "./quantize-rows.ts";
import { expandGroup, matmulTile, TILE } from "./tile.ts";
import { widenGroup } from "./widen-group.ts";

/** Adds them to a module. */
export function int8Kernels(module: ModuleBuilder, simd: Simd): void {
  const formats = integerFormats(simd === "relaxed-simd");
  const sum = multiplyAdd(simd);
  for (const format of formats) {
    packPieces(module, format.name, format, format.pieceBytes);
    oneRow(module, format, sum);
    expandGroup(module, format);
    widenGroup(module, format);
  }
  for (const products of new Set(formats.map((format) => multiplied(format).products))) {
    for (const rows of [1, TILE]) quantizeRow(module, products, rows);
    matmulTile(module, products, sum);
  }
}
