/**
 * Blocks whose bits choose a number of a table (tensor/blocks/from-table.ts) as those numbers, a byte each. As nibbles
 * they would take half the memory, and the shader would look them up.
 * @module
 */
import { float16At } from "../../../../tensor/blocks/format.ts";
import { TABLE, tableScale } from "../../../../tensor/blocks/from-table.ts";
import type { Unpack, Unpacked } from "./unpacked.ts";

export const iq4_nl: Unpack = (stored, at, out, to, scale) => {
  out.scales[scale] = float16At(stored, at);
  lookedUp(stored, at + 2, out, to);
};

export const iq4_xs: Unpack = (stored, at, out, to, scale) => {
  const d = float16At(stored, at);
  for (let sub = 0; sub < 8; sub++) {
    out.scales[scale + sub] = d * (tableScale(stored, at + 2, sub) - 32);
    lookedUp(stored, at + 8 + 16 * sub, out, to + 32 * sub);
  }
};

/** 32 columns; the lower halves of bytes are 0 to 15. */
function lookedUp(stored: Uint8Array, at: number, { words }: Unpacked, to: number): void {
  for (let j = 0; j < 16; j++) {
    words[to + j] = TABLE[stored[at + j] & 15];
    words[to + 16 + j] = TABLE[stored[at + j] >> 4];
  }
}
