/**
 * The records of a zip archive, as write.ts writes them: without times, comments or attributes, and with
 * zip64 fields only where a number needs them.
 * PKWARE APPNOTE.TXT 6.3, §4.3 to §4.5.
 * @module
 */
import {
  COUNT_IS_ELSEWHERE,
  DESCRIPTOR,
  END,
  END64,
  ENTRY,
  LOCATOR64,
  MEMBER,
  SIZE_IS_ELSEWHERE,
  ZIP64_FIELD,
} from "./layout.ts";

/** A member as its records describe it. */
export interface ZipEntry {
  readonly bytesOfName: Uint8Array;
  readonly size: number;
  /** Where its header begins. */
  readonly begin: number;
  /** Whether `size` is written in 64 bits. */
  readonly sizeIs64: boolean;
  readonly beginIs64: boolean;
}

/** Checksum and sizes follow the data (bit 3); names are UTF-8 (bit 11). */
const FLAGS = 0x0808;
const STORED = 0;
/** Midnight of 1 January 1980, the first moment a zip can express. */
const TIME_AND_DATE = 0x0021_0000;
/** The versions of the format that a reader has to know: 2.0, and 4.5 for zip64. */
const version = (zip64: boolean) => (zip64 ? 45 : 20);
const zip64FieldSize = (count: number) => (count > 0 ? 4 + 8 * count : 0);

/** How many bytes the records of an entry have. */
export function recordSizes({ bytesOfName, sizeIs64, beginIs64 }: ZipEntry): {
  readonly localHeader: number;
  readonly descriptor: number;
  readonly directoryEntry: number;
} {
  const wide = sizeIs64 ? 2 : 0;
  return {
    localHeader: MEMBER.size + bytesOfName.length + zip64FieldSize(wide),
    descriptor: DESCRIPTOR.size + 4 * wide,
    directoryEntry: ENTRY.size + bytesOfName.length + zip64FieldSize(wide + (beginIs64 ? 1 : 0)),
  };
}

export function localHeader(entry: ZipEntry): Uint8Array {
  const { bytesOfName, sizeIs64 } = entry;
  const size = sizeIs64 ? SIZE_IS_ELSEWHERE : 0;
  // Its sizes are empty, but the field says that those behind the data have 64 bits.
  const wide = sizeIs64 ? [0, 0] : [];
  return new Fields(recordSizes(entry).localHeader)
    .uint32(MEMBER.signature)
    .uint16(version(sizeIs64), FLAGS, STORED)
    .uint32(TIME_AND_DATE, 0, size, size)
    .uint16(bytesOfName.length, zip64FieldSize(wide.length))
    .raw(bytesOfName)
    .zip64Field(wide).bytes;
}

/** The record behind the data. */
export function descriptor(entry: ZipEntry, crc: number): Uint8Array {
  const { size, sizeIs64 } = entry;
  const fields = new Fields(recordSizes(entry).descriptor).uint32(DESCRIPTOR.signature, crc);
  return (sizeIs64 ? fields.uint64(size, size) : fields.uint32(size, size)).bytes;
}

export function directoryEntry(entry: ZipEntry, crc: number): Uint8Array {
  const { bytesOfName, size, sizeIs64, begin, beginIs64 } = entry;
  const wide = [...(sizeIs64 ? [size, size] : []), ...(beginIs64 ? [begin] : [])];
  const needed = version(sizeIs64 || beginIs64);
  const narrowSize = sizeIs64 ? SIZE_IS_ELSEWHERE : size;
  return new Fields(recordSizes(entry).directoryEntry)
    .uint32(ENTRY.signature)
    .uint16(needed, needed, FLAGS, STORED)
    .uint32(TIME_AND_DATE, crc, narrowSize, narrowSize)
    .uint16(bytesOfName.length, zip64FieldSize(wide.length))
    .uint16(0, 0, 0) // no comment, the first disk, no attributes
    .uint32(0, beginIs64 ? SIZE_IS_ELSEWHERE : begin) // 0: the attributes of any file
    .raw(bytesOfName)
    .zip64Field(wide).bytes;
}

/**
 * The end of an archive, behind a directory of `size` bytes at `begin`.
 * @param zip64From the least size or offset that is written in 64 bits.
 */
export function endRecords(
  count: number,
  size: number,
  begin: number,
  zip64From: number,
): Uint8Array {
  const is64 = count >= COUNT_IS_ELSEWHERE || size >= zip64From || begin >= zip64From;
  const fields = new Fields(END.size + (is64 ? END64.size + LOCATOR64.size : 0));
  if (is64) {
    fields
      .uint32(END64.signature)
      .uint64(END64.size - 12) // bytes that follow in this record
      .uint16(version(true), version(true))
      .uint32(0, 0) // the only disk
      .uint64(count, count, size, begin)
      .uint32(LOCATOR64.signature, 0)
      .uint64(begin + size) // where the record of zip64 begins
      .uint32(1); // disks in all
  }
  const narrowCount = is64 ? COUNT_IS_ELSEWHERE : count;
  return fields
    .uint32(END.signature, 0)
    .uint16(narrowCount, narrowCount)
    .uint32(is64 ? SIZE_IS_ELSEWHERE : size, is64 ? SIZE_IS_ELSEWHERE : begin)
    .uint16(0).bytes; // no comment
}

/** Little-endian fields, one behind another. */
class Fields {
  readonly bytes: Uint8Array;
  #at = 0;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
  }

  uint16(...values: readonly number[]): this {
    for (const value of values) this.#append(value, 2);
    return this;
  }

  uint32(...values: readonly number[]): this {
    for (const value of values) this.#append(value, 4);
    return this;
  }

  uint64(...values: readonly number[]): this {
    for (const value of values) this.uint32(value % 2 ** 32, Math.floor(value / 2 ** 32));
    return this;
  }

  raw(bytes: Uint8Array): this {
    this.bytes.set(bytes, this.#at);
    this.#at += bytes.length;
    return this;
  }

  /** The extra field for numbers that do not fit 32 bits; left out where there are no `values`. */
  zip64Field(values: readonly number[]): this {
    return values.length === 0
      ? this
      : this.uint16(ZIP64_FIELD, 8 * values.length).uint64(...values);
  }

  #append(value: number, size: number): void {
    for (let i = 0; i < size; i++) this.bytes[this.#at++] = value >>> (8 * i);
  }
}
