/**
 * UTF-8, a character at a time, with the C++ library's idea of what is malformed.
 * sentencepiece v0.1.97: src/util.cc (`DecodeUTF8`, `EncodeUTF8`).
 *
 * By hand because `TextDecoder` gives one U+FFFD for a truncated character where SentencePiece
 * gives one for each of its bytes.
 * @module
 */

/** Stands for a byte outside any character. */
export const REPLACEMENT = "\uFFFD";

/** Calls `emit` with each UTF-8 byte of `text` from `begin` to `end`, which must be well-formed. */
export function forEachByte(
  text: string,
  begin: number,
  end: number,
  emit: (byte: number) => void,
): void {
  for (let at = begin; at < end; at++) {
    const c = text.codePointAt(at)!;
    if (c > 0xffff) at++; // two UTF-16 units
    if (c < 0x80) {
      emit(c);
      continue;
    }
    if (c > 0xffff) {
      emit(0xf0 | (c >> 18));
      emit(0x80 | ((c >> 12) & 0x3f));
    } else if (c > 0x7ff) {
      emit(0xe0 | (c >> 12));
    } else {
      emit(0xc0 | (c >> 6));
    }
    if (c > 0x7ff) emit(0x80 | ((c >> 6) & 0x3f));
    emit(0x80 | (c & 0x3f));
  }
}

/** Bytes of the character that starts with `lead`; 1 if no character does. */
export function utf8Length(lead: number): number {
  if (lead >= 0xc0 && lead < 0xe0) return 2;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  if (lead >= 0xf0 && lead < 0xf8) return 4;
  return 1;
}

/** Whether `byte` can only continue a character. */
export function isTrailByte(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

const SMALLEST = [0, 0, 0x80, 0x800, 0x10000]; // a longer encoding than needed is malformed

/** The code point that starts at `bytes[begin]`, or -1 unless it is valid and ends before `end`. */
export function decodeUtf8(bytes: ArrayLike<number>, begin: number, end: number): number {
  const lead = bytes[begin];
  const length = utf8Length(lead);
  if (end - begin < length) return -1;
  if (length === 1) return lead < 0x80 ? lead : -1;
  let c = lead & (0x7f >> length);
  for (let i = begin + 1; i < begin + length; i++) {
    if (!isTrailByte(bytes[i])) return -1;
    c = (c << 6) | (bytes[i] & 0x3f);
  }
  const isSurrogate = c >= 0xd800 && c < 0xe000;
  return c < SMALLEST[length] || c > 0x10ffff || isSurrogate ? -1 : c;
}

/**
 * The text of `bytes` from `begin` to `end`, or undefined if any of them is invalid. Twice as fast as
 * a `TextDecoder` on texts as short as pieces, and a byte order mark is a character like any other.
 */
export function utf8Text(bytes: Uint8Array, begin: number, end: number): string | undefined {
  let text = "";
  for (let at = begin; at < end; ) {
    const c = decodeUtf8(bytes, at, end);
    if (c < 0) return undefined;
    text += c < 0x10000 ? String.fromCharCode(c) : String.fromCodePoint(c);
    at += utf8Length(bytes[at]);
  }
  return text;
}
