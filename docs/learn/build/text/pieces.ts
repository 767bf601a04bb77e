/**
 * Pieces of the vocabulary as pages show them.
 * @module
 */

/** A piece as one would write it: `▁fox` → `fox`, a blank alone → `␣`. */
export const plain = (piece: string): string =>
  piece === "<bos>" ? "start" : piece.replace(/^▁(?=.)/, "").replace("▁", "␣");
