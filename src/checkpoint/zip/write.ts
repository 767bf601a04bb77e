/**
 * Writing a zip archive as it goes by, of members stored as they are. Their sizes are known from the
 * start, and with them every offset; a checksum is known when its member has passed, so it stands behind
 * the data (a "data descriptor") and in the directory at the end (directory.ts has the layout).
 *
 *     for each member   "PK\3\4", flags (bit 3: sizes follow), name; the data; "PK\7\8", CRC-32, sizes
 *     the directory
 *
 * Zip64 fields stand only where a number needs them, as in Python's zipfile writing to a pipe. No time of
 * writing is kept: equal members give equal bytes. PKWARE APPNOTE.TXT 6.3, §4.3 to §4.5.
 * @module
 */
import { refusals } from "../../errors.ts";
import type { FileStream } from "../../source/file-stream.ts";
import { crc32 } from "./crc32.ts";
import { SIZE_IS_ELSEWHERE } from "./layout.ts";
import {
  descriptor,
  directoryEntry,
  endRecords,
  localHeader,
  recordSizes,
  type ZipEntry,
} from "./records.ts";

/** A member that is still to be written. */
export interface NewZipMember extends FileStream {
  readonly name: string;
}

/** Options of {@link writeZip}. */
export interface ZipOptions {
  /** The least size or offset that is written in 64 bits. Default: the least that has to be. */
  readonly zip64From?: number;
}

const refuse = refusals("writeZip");

/**
 * An archive of `members`, in their order.
 * @throws {ArgumentError} if a name comes twice, or is longer than 65535 bytes.
 * @throws {FormatError} from `chunks`, if a member does not have the size it promised.
 */
export function writeZip(
  members: readonly NewZipMember[],
  { zip64From = SIZE_IS_ELSEWHERE }: ZipOptions = {},
): FileStream {
  const entries: ZipEntry[] = [];
  const names = new Set<string>();
  const encoder = new TextEncoder();
  let begin = 0;
  let directorySize = 0;
  for (const { name, size } of members) {
    const bytesOfName = encoder.encode(name);
    if (names.has(name) || bytesOfName.length > 0xffff) {
      const expected = "names of their own, of at most 65535 bytes";
      throw refuse.argument("members", expected, name.slice(0, 100));
    }
    names.add(name);
    const sizeIs64 = size >= zip64From;
    const entry = { bytesOfName, size, begin, sizeIs64, beginIs64: begin >= zip64From };
    entries.push(entry);
    const sizes = recordSizes(entry);
    begin += sizes.localHeader + size + sizes.descriptor;
    directorySize += sizes.directoryEntry;
  }
  const end = endRecords(entries.length, directorySize, begin, zip64From);
  return {
    size: begin + directorySize + end.length,
    async *chunks(signal) {
      const checksums: number[] = [];
      for (const [i, entry] of entries.entries()) {
        signal?.throwIfAborted();
        yield localHeader(entry);
        let crc = 0;
        let size = 0;
        for await (const chunk of members[i].chunks(signal)) {
          crc = crc32(chunk, crc);
          size += chunk.length;
          yield chunk;
        }
        if (size !== entry.size) throw refuse.format(members[i].name, `${entry.size} bytes`, size);
        checksums.push(crc);
        yield descriptor(entry, crc);
      }
      for (const [i, entry] of entries.entries()) yield directoryEntry(entry, checksums[i]);
      yield end;
    },
  };
}
