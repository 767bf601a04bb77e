/**
 * How a quantised block is laid out, and what its readers share.
 * @module
 */
import { float16ToFloat32 } from "../float16.ts";

/** How a block is laid out. */
export interface BlockFormat {
  /** Numbers in a block. */
  readonly numbers: number;
  /** Bytes of a block. */
  readonly bytes: number;
  /** Turns blocks into float32 numbers. */
  readonly widen: Widen;
}

/** Widens the block of `blocks` that begins at byte `at` into `out`, from index `to` on. */
export type Widen = (blocks: Uint8Array, at: number, out: Numbers, to: number) => void;

/** Where widened numbers go. */
export type Numbers = Float32Array | Float64Array;

/** The float16 at byte `at`. */
export function float16At(bytes: Uint8Array, at: number): number {
  return float16ToFloat32(bytes[at] | (bytes[at + 1] << 8));
}

/** A byte as a number from −128 to 127. */
export function int8(byte: number): number {
  return (byte << 24) >> 24;
}
