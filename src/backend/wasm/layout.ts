/**
 * The sizes that the kernels were written with, as the threads need them.
 * @module
 */

import { GROUP, LANES, pieceBytes, pieceColumns } from "./formats/format.ts";
import { FORMATS } from "./formats/formats.ts";
import { BLOCK as COLUMNS, integerPiece } from "./formats/int8/format.ts";
import { INTEGER_FORMATS } from "./formats/int8/formats.ts";
import { multiplied } from "./formats/int8/products.ts";
import { GROUPS, TILE as ROWS, wideBytes } from "./kernels/int8/tile.ts";
import { FEW_TILES, hasFewRows } from "./kernels/matmul-few-rows.ts";
import { PAIR, SCALE_BYTES, TILE, TILE_BYTES } from "./kernels/matmul-tile.ts";
import type { FormatLayout, Int8Layout, Layout } from "./run/command.ts";

/**
 * Vectors of W that are widened at a time. Of 128 rows of x as many are 256 KiB, which stay in the second cache while
 * rows of W pass by.
 */
const BLOCK = 128;

/** Positions of a cache that are looked at before the next query: keys of 64 KiB, for the 2B. */
const KEY_BLOCK = 64;

/** Blocks of W that are expanded at a time: 9 KiB or less, which stay in the first cache while rows of x pass by. */
const INT8_BLOCKS = 16;

const INT8: Int8Layout = {
  formats: Object.fromEntries(
    Object.values(INTEGER_FORMATS).map((format) => {
      const { products } = multiplied(format);
      const together = COLUMNS / products.columns;
      const rowBytes = together * products.rowBytes;
      const blocks = integerPiece(format).columns / COLUMNS;
      const sizes = { rowBytes, wideBytes: together * wideBytes(products), blocks };
      return [format.name, { products: products.name, ...sizes }];
    }),
  ),
  columns: COLUMNS,
  tile: ROWS,
  groups: GROUPS,
  blocks: INT8_BLOCKS,
};

export const LAYOUT: Layout = {
  formats: { ...floatFormats(), ...integerFormats() },
  group: GROUP,
  tile: TILE,
  tileBytes: TILE_BYTES,
  block: BLOCK,
  keyBlock: KEY_BLOCK,
  int8: INT8,
};

function floatFormats(): Record<string, FormatLayout> {
  const entries = Object.values(FORMATS).map((format) => {
    const pieceVectors = pieceColumns(format) / LANES;
    const { dtype, stride, isScaled = false } = format;
    const pairBytes = 16 * PAIR * pieceVectors + (isScaled ? SCALE_BYTES : 0);
    const bytes = { pieceBytes: pieceBytes(format), pairBytes };
    const fewTiles = hasFewRows(format) ? FEW_TILES : 0;
    return [dtype, { ...bytes, pieceVectors, stride, isScaled, fewTiles }] as const;
  });
  return Object.fromEntries(entries);
}

/** As kernels/int8/widen-group.ts gives rows of a table; many rows of x have a layout of their own. */
function integerFormats(): Record<string, FormatLayout> {
  const entries = Object.values(INTEGER_FORMATS).map((format) => {
    const { columns, bytes } = integerPiece(format);
    const vectors = { pieceVectors: columns / LANES, pairBytes: (16 * PAIR * columns) / LANES };
    const plain = { stride: 1, isScaled: false, fewTiles: 0 };
    return [format.name, { pieceBytes: bytes, ...vectors, ...plain }] as const;
  });
  return Object.fromEntries(entries);
}
