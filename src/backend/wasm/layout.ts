/**
 * The sizes that the kernels were written with, as the threads need them.
 * @module
 */

import { GROUP, LANES, pieceBytes, pieceColumns } from "./formats/format.ts";
import { FORMATS } from "./formats/formats.ts";
import { TILE, TILE_BYTES } from "./kernels/matmul-tile.ts";
import type { Layout } from "./run/command.ts";

/**
 * Vectors of W that are widened at a time. Of 128 rows of x as many are 256 KiB, which stay in the second cache while
 * rows of W pass by.
 */
const BLOCK = 128;

/** Positions of a cache that are looked at before the next query: keys of 64 KiB, for the 2B. */
const KEY_BLOCK = 64;

export const LAYOUT: Layout = {
  formats: Object.fromEntries(
    Object.values(FORMATS).map((format) => [
      format.dtype,
      {
        pieceBytes: pieceBytes(format),
        pieceVectors: pieceColumns(format) / LANES,
        stride: format.stride,
      },
    ]),
  ),
  group: GROUP,
  tile: TILE,
  tileBytes: TILE_BYTES,
  block: BLOCK,
  keyBlock: KEY_BLOCK,
};
