/**
 * The records of a zip archive by their signatures and sizes, and their fields, which are little-endian.
 * directory.ts says in which order the records come. PKWARE APPNOTE.TXT 6.3, §4.3.
 * @module
 */

/** A record. Its size is the least: without names, extra fields and comments. */
export interface Layout {
  readonly signature: number;
  readonly size: number;
}

/** Before the data of a member. */
export const MEMBER: Layout = { signature: 0x04034b50, size: 30 };
/** Behind the data of a member whose checksum was not known before. */
export const DESCRIPTOR: Layout = { signature: 0x08074b50, size: 16 };
/** In the directory, one for each member. */
export const ENTRY: Layout = { signature: 0x02014b50, size: 46 };
/** At the very end: where the directory lies. */
export const END: Layout = { signature: 0x06054b50, size: 22 };
/** The same in 64 bits, in zip64 only. */
export const END64: Layout = { signature: 0x06064b50, size: 56 };
/** Where {@link END64} lies, in zip64 only. */
export const LOCATOR64: Layout = { signature: 0x07064b50, size: 20 };

/** A size or an offset of this value stands in a field of 64 bits elsewhere. */
export const SIZE_IS_ELSEWHERE = 0xffffffff;
/** So does a number of members of this value. */
export const COUNT_IS_ELSEWHERE = 0xffff;
/** The id of the extra field that holds sizes and offsets in 64 bits. */
export const ZIP64_FIELD = 1;

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Values beyond 2⁵³ are rounded: they are as wrong as any other beyond the end of the file. */
export function uint64(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}
