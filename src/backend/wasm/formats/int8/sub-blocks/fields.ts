/**
 * Eight vectors of bytes with few bits each, in fewer vectors: a table says where the bits of each lie.
 *
 * The first vectors are the lower bits of a byte each, so that a mask gives them, or a shift and a mask. Where bits are left
 * over at the top of bytes, the last vectors are put together from them.
 *
 *     3 bits    [v6 v6 v1 v1 v1 v0 v0 v0] [v7 v7 v3 v3 v3 v2 v2 v2] [v7 v6 v5 v5 v5 v4 v4 v4]
 *     5 bits    [v5 v5 v5 v0 v0 v0 v0 v0] [v7 v5 v5 v1 …] [v6 v6 v6 v2 …] [v7 v6 v6 v3 …] [v7 v7 v7 v4 …]
 *     6 bits    [v6 v6 v0 …] [v6 v6 v1 …] [v6 v6 v2 …] [v7 v7 v3 …] [v7 v7 v4 …] [v7 v7 v5 …]
 * @module
 */
import type { I32, V128 } from "../../../asm/expression.ts";
import type { FunctionBuilder } from "../../../asm/function.ts";
import { i8x16, i32, v128 } from "../../../asm/instructions.ts";
import { shifted } from "../../of-32/five-bits.ts";

/** Some bits of a vector. */
export interface Field {
  /** The vector that they lie in, and by how many bits higher there. */
  readonly at: number;
  readonly up: number;
  /** A mask of them. */
  readonly bits: number;
}

/** The fields of each of eight vectors. */
export type Fields = readonly (readonly Field[])[];

const EIGHT = [0, 1, 2, 3, 4, 5, 6, 7];

/** 16 bytes for 64 numbers. */
export const TWO_BITS: Fields = EIGHT.map((k) => [{ at: k >> 2, up: 2 * (k & 3), bits: 3 }]);

export const THREE_BITS: Fields = [
  ...EIGHT.slice(0, 6).map((k) => [{ at: k >> 1, up: 3 * (k & 1), bits: 7 }]),
  [
    { at: 0, up: 6, bits: 3 },
    { at: 2, up: 4, bits: 4 },
  ],
  [
    { at: 1, up: 6, bits: 3 },
    { at: 2, up: 5, bits: 4 },
  ],
];

export const FOUR_BITS: Fields = EIGHT.map((k) => [{ at: k & 3, up: 4 * (k >> 2), bits: 15 }]);

export const FIVE_BITS: Fields = [
  ...EIGHT.slice(0, 5).map((k) => [{ at: k, up: 0, bits: 31 }]),
  [
    { at: 0, up: 5, bits: 7 },
    { at: 1, up: 2, bits: 0x18 },
  ],
  [
    { at: 2, up: 5, bits: 7 },
    { at: 3, up: 2, bits: 0x18 },
  ],
  [
    { at: 4, up: 5, bits: 7 },
    { at: 1, up: 4, bits: 0x08 },
    { at: 3, up: 3, bits: 0x10 },
  ],
];

export const SIX_BITS: Fields = [
  ...EIGHT.slice(0, 6).map((k) => [{ at: k, up: 0, bits: 63 }]),
  ...[0, 3].map((first) => [
    { at: first, up: 6, bits: 0x03 },
    { at: first + 1, up: 4, bits: 0x0c },
    { at: first + 2, up: 2, bits: 0x30 },
  ]),
];

/** Byte `value` sixteen times. */
export function bytes(f: FunctionBuilder, value: number): V128 {
  return f.constant(i8x16.splat(i32.const(value)));
}

/** Vectors that the fields take. */
export function vectorsOf(fields: Fields): number {
  return 1 + Math.max(...fields.flatMap((own) => own.map(({ at }) => at)));
}

/** Writes eight vectors, whose other bits are 0. */
export function storeFields(
  f: FunctionBuilder,
  fields: Fields,
  vectors: readonly V128[],
  piece: I32,
  offset: number,
): void {
  for (let i = 0; i < vectorsOf(fields); i++) {
    const parts = fields.flatMap((own, k) =>
      own.flatMap(({ at, up, bits }) =>
        at === i ? [v128.and(shifted(vectors[k], up), bytes(f, bits << up))] : [],
      ),
    );
    f.do(
      v128.store(
        piece,
        parts.reduce((a, b) => v128.or(a, b)),
        offset + 16 * i,
      ),
    );
  }
}

/** Vector `k` of those that {@link storeFields} wrote. */
export function loadFields(f: FunctionBuilder, fields: Fields, piece: I32, k: number): V128 {
  const parts = fields[k].map(({ at, up, bits }) =>
    v128.and(shifted(v128.load(piece, 16 * at), -up), bytes(f, bits)),
  );
  return parts.reduce((a, b) => v128.or(a, b));
}
