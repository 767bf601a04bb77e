/**
 * Where unpacked blocks go.
 * @module
 */

/** Rows as they lie on the device. */
export interface Unpacked {
  readonly words: Uint8Array<ArrayBuffer>;
  readonly scales: Float32Array<ArrayBuffer>;
}

/** Unpacks the block of `stored` at byte `at` to the word bytes from `to` on, and to the scales from `scale` on. */
export type Unpack = (
  stored: Uint8Array,
  at: number,
  { words, scales }: Unpacked,
  to: number,
  scale: number,
) => void;
