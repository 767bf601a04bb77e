/**
 * The text that brings a token when it is put behind another text.
 * @module
 */

/** Undefined of what no text brings: a part of a character, or a token that is not text. */
export function addedText(piece: string): string | undefined {
  const [, hex] = /^<0x([0-9A-F]{2})>$/.exec(piece) ?? [];
  if (hex !== undefined) {
    const byte = Number.parseInt(hex, 16);
    return byte < 0x80 ? String.fromCharCode(byte) : undefined;
  }
  return /^<(pad|eos|bos|unk)>$/.test(piece) ? undefined : piece.replaceAll("▁", " ");
}
