/**
 * Writing a zip archive as it goes by, of members stored as they are. Their sizes are known from the
 * start, and with them every offset; a checksum is known when its member has passed, so it stands behind
 * the data (a "data descriptor") and in the directory at the end (directory.ts has the layout).
 *
 *     for each member   "PK\3\4", flags (bit 3: figures follow), name; the data; "PK\7\8", CRC-32, sizes
 *     the directory
 *
 * Zip64 fields stand only where a figure needs them, as in Python's zipfile writing to a pipe. No time of
 * writing is kept: equal members give equal bytes. PKWARE APPNOTE.TXT 6.3, §4.3 to §4.5.
 * @module
 */
import { ArgumentError, FormatError } from "../../errors.ts";
import type { FileStream } from "../../source/file-stream.ts";
import { crc32 } from "./crc32.ts";

/** A member that is still to be written. */
export interface NewZipMember extends FileStream {
  readonly name: string;
}

export interface ZipOptions {
  /** The least size or offset that is written in 64 bits. Default: the least that has to be. */
  readonly zip64From?: number;
}

const op = "writeZip";
/** 0xffffffff itself says that the figure is elsewhere; so does 0xffff for the number of members. */
const NEEDS_64 = 0xffffffff;
const NEEDS_64_COUNT = 0xffff;
/** Figures follow the data (bit 3); names are UTF-8 (bit 11). */
const FLAGS = 0x0808;
const STORED = 0;
/** Midnight of 1 January 1980, the first moment a zip can express. */
const TIME_AND_DATE = 0x0021_0000;

/** A member, and where it lies. */
interface Entry extends NewZipMember {
  readonly bytesOfName: Uint8Array;
  readonly begin: number;
  readonly sizeIs64: boolean;
  readonly beginIs64: boolean;
}

/**
 * @throws {ArgumentError} if a name comes twice, or is longer than 65535 bytes.
 * @throws {FormatError} from `chunks`, if a member has not the size it promised.
 */
export function writeZip(
  members: readonly NewZipMember[],
  { zip64From = NEEDS_64 }: ZipOptions = {},
): FileStream {
  const entries: Entry[] = [];
  const names = new Set<string>();
  let begin = 0;
  let directorySize = 0;
  for (const member of members) {
    const { name, size } = member;
    const bytesOfName = new TextEncoder().encode(name);
    if (names.has(name) || bytesOfName.length > 0xffff) {
      const expected = "names of their own, of at most 65535 bytes";
      throw new ArgumentError({ op, argument: "members", expected, got: name.slice(0, 100) });
    }
    names.add(name);
    const sizeIs64 = size >= zip64From;
    const entry = { ...member, bytesOfName, begin, sizeIs64, beginIs64: begin >= zip64From };
    entries.push(entry);
    begin += localHeader(entry).length + size + descriptor(entry, 0).length;
    directorySize += directoryEntry(entry, 0).length;
  }
  const end = endRecords(entries.length, directorySize, begin, zip64From);
  return {
    size: begin + directorySize + end.length,
    async *chunks(signal) {
      const checksums: number[] = [];
      for (const entry of entries) {
        signal?.throwIfAborted();
        yield localHeader(entry);
        let crc = 0;
        let size = 0;
        for await (const chunk of entry.chunks(signal)) {
          crc = crc32(chunk, crc);
          size += chunk.length;
          yield chunk;
        }
        if (size !== entry.size) {
          const expected = `${entry.size} bytes`;
          throw new FormatError({ op, argument: entry.name, expected, got: `${size}` });
        }
        checksums.push(crc);
        yield descriptor(entry, crc);
      }
      for (const [i, entry] of entries.entries()) yield directoryEntry(entry, checksums[i]);
      yield end;
    },
  };
}

function localHeader({ bytesOfName, sizeIs64 }: Entry): Uint8Array {
  const size = uint32(sizeIs64 ? NEEDS_64 : 0);
  // Its figures are empty, but it says that those behind the data have 64 bits.
  const extra = sizeIs64 ? zip64Field([0, 0]) : [];
  return new Uint8Array([
    ...uint32(0x04034b50),
    ...uint16(versionNeeded(sizeIs64)),
    ...uint16(FLAGS),
    ...uint16(STORED),
    ...uint32(TIME_AND_DATE),
    ...uint32(0),
    ...size,
    ...size,
    ...uint16(bytesOfName.length),
    ...uint16(extra.length),
    ...bytesOfName,
    ...extra,
  ]);
}

function descriptor({ size, sizeIs64 }: Entry, crc: number): Uint8Array {
  const figure = sizeIs64 ? uint64(size) : uint32(size);
  return new Uint8Array([...uint32(0x08074b50), ...uint32(crc), ...figure, ...figure]);
}

function directoryEntry(entry: Entry, crc: number): Uint8Array {
  const { bytesOfName, size, sizeIs64, begin, beginIs64 } = entry;
  const wide = [...(sizeIs64 ? [size, size] : []), ...(beginIs64 ? [begin] : [])];
  const extra = wide.length > 0 ? zip64Field(wide) : [];
  const version = uint16(versionNeeded(sizeIs64 || beginIs64));
  const narrowSize = uint32(sizeIs64 ? NEEDS_64 : size);
  return new Uint8Array([
    ...uint32(0x02014b50),
    ...version,
    ...version,
    ...uint16(FLAGS),
    ...uint16(STORED),
    ...uint32(TIME_AND_DATE),
    ...uint32(crc),
    ...narrowSize,
    ...narrowSize,
    ...uint16(bytesOfName.length),
    ...uint16(extra.length),
    ...uint16(0), // no comment
    ...uint16(0), // the first disk
    ...uint16(0), // no attributes
    ...uint32(0), // but those of any file
    ...uint32(beginIs64 ? NEEDS_64 : begin),
    ...bytesOfName,
    ...extra,
  ]);
}

/** What stands behind a directory of `size` bytes at `begin`. */
function endRecords(count: number, size: number, begin: number, zip64From: number): Uint8Array {
  const is64 = count >= NEEDS_64_COUNT || size >= zip64From || begin >= zip64From;
  const version = uint16(versionNeeded(true));
  const wide = [
    ...uint32(0x06064b50),
    ...uint64(44), // bytes that follow in this record
    ...version,
    ...version,
    ...uint32(0),
    ...uint32(0),
    ...uint64(count),
    ...uint64(count),
    ...uint64(size),
    ...uint64(begin),
    ...uint32(0x07064b50),
    ...uint32(0),
    ...uint64(begin + size), // where this record begins
    ...uint32(1),
  ];
  const narrowCount = uint16(is64 ? NEEDS_64_COUNT : count);
  return new Uint8Array([
    ...(is64 ? wide : []),
    ...uint32(0x06054b50),
    ...uint32(0),
    ...narrowCount,
    ...narrowCount,
    ...uint32(is64 ? NEEDS_64 : size),
    ...uint32(is64 ? NEEDS_64 : begin),
    ...uint16(0),
  ]);
}

function zip64Field(figures: readonly number[]): number[] {
  return [...uint16(1), ...uint16(8 * figures.length), ...figures.flatMap(uint64)];
}

function versionNeeded(zip64: boolean): number {
  return zip64 ? 45 : 20;
}

function uint16(value: number): number[] {
  return [value & 0xff, value >>> 8];
}

function uint32(value: number): number[] {
  return [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24];
}

function uint64(value: number): number[] {
  return [...uint32(value % 2 ** 32), ...uint32(Math.floor(value / 2 ** 32))];
}
