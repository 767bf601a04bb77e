/**
 * The directory of a zip archive, which stands at its end:
 *
 *     for each member   "PK\1\2", flags, method, CRC-32, sizes, name, where its own header begins
 *     zip64 only        "PK\6\6", the numbers below in 64 bits; "PK\6\7", where that is
 *     at the very end   "PK\5\6", number of members, where the directory begins, a comment
 *
 * A size or an offset that does not fit its 32 bits is all ones there, and stands in a field of 64 elsewhere.
 * PKWARE APPNOTE.TXT 6.3, §4.3 and §4.5.3. Before each member's data stands a second header, whose
 * sizes may be empty (a writer that streams does not know them yet), so the directory is believed.
 * @module
 */
import { type Refusals, refusals } from "../../errors.ts";
import { type ByteSource, readExactly } from "../../source/byte-source.ts";
import { FILE_KIND_BYTES } from "../../source/file-kind.ts";
import { DAMAGED, rangeChecked } from "./damaged.ts";
import { findDirectory, notZip, TAIL_BYTES } from "./end-record.ts";
import { ENTRY, MEMBER, SIZE_IS_ELSEWHERE, uint64, viewOf, ZIP64_FIELD } from "./layout.ts";

/** A member as the directory describes it. */
export interface ZipMember {
  readonly name: string;
  readonly flags: number;
  /** 0 stored, 8 deflated. */
  readonly method: number;
  readonly crc: number;
  readonly packedSize: number;
  readonly size: number;
  /** Where its own header begins. */
  readonly headerBegin: number;
  /** Where the next member begins, or the directory: this member ends there or before. */
  readonly end: number;
}

const op = "unzip";
/** A hundred bytes a tensor are usual. Parsed, a directory takes several times its size in memory. */
const MAX_DIRECTORY_BYTES = 2 ** 24;

/**
 * Reads the directory of an archive of any size.
 * @throws {FormatError} if it is not a zip archive, or is damaged or cut short.
 * @throws {UnsupportedError} if the directory is longer than any checkpoint's.
 */
export async function readZipDirectory(
  source: ByteSource,
  signal?: AbortSignal,
): Promise<ZipMember[]> {
  const { size } = source;
  const refuse = refusals(op, source.name);
  const tailBegin = Math.max(0, size - TAIL_BYTES);
  const tail = await readExactly(op, source, tailBegin, size, signal);
  const directory = rangeChecked(refuse, () => findDirectory(tail, tailBegin, refuse));
  if (!directory) {
    const head = await readExactly(op, source, 0, Math.min(size, FILE_KIND_BYTES), signal);
    throw notZip(head, refuse);
  }
  const { begin, size: length } = directory;
  if (length > MAX_DIRECTORY_BYTES) {
    const expected = `a directory of at most ${MAX_DIRECTORY_BYTES} bytes`;
    throw refuse.unsupported(undefined, expected, length);
  }
  const bytes = await readExactly(op, source, begin, begin + length, signal);
  const members = rangeChecked(refuse, () => parseMembers(bytes, directory.count, refuse));
  return withEnds(members, begin, refuse);
}

/** As {@link readZipDirectory}, for an archive in memory. */
export function zipDirectory(bytes: Uint8Array, file: string): ZipMember[] {
  const refuse = refusals(op, file);
  return rangeChecked(refuse, () => {
    const directory = findDirectory(bytes, 0, refuse);
    if (!directory) throw notZip(bytes, refuse);
    const { begin, size, count } = directory;
    const members = parseMembers(bytes.subarray(begin, begin + size), count, refuse);
    return withEnds(members, begin, refuse);
  });
}

/** The first of an archive's members, for a message. */
export function someOf(members: readonly ZipMember[]): string {
  const names = members.slice(0, 3).map(({ name }) => name);
  return names.join(", ") || "an empty archive";
}

type WithoutEnd = Omit<ZipMember, "end">;

function parseMembers(directory: Uint8Array, count: number, refuse: Refusals): WithoutEnd[] {
  const view = viewOf(directory);
  const members: WithoutEnd[] = [];
  const names = new Set<string>();
  const decoder = new TextDecoder();
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (view.getUint32(at, true) !== ENTRY.signature) {
      throw refuse.format(undefined, "a directory", "other bytes", DAMAGED);
    }
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const extraBegin = at + ENTRY.size + nameLength;
    const next = extraBegin + extraLength + view.getUint16(at + 32, true);
    if (next > directory.length) throw new RangeError("beyond the end of the directory");
    const name = decoder.decode(directory.subarray(at + ENTRY.size, extraBegin));
    if (names.has(name)) throw refuse.format(name, "one member of that name", "two", DAMAGED);
    names.add(name);
    const narrow = [24, 20, 42].map((field) => view.getUint32(at + field, true));
    const sizes = narrow.includes(SIZE_IS_ELSEWHERE)
      ? inZip64(view, extraBegin, extraBegin + extraLength, narrow)
      : narrow;
    if (!sizes) throw refuse.format(name, "a zip64 field", "no such field", DAMAGED);
    const [size, packedSize, headerBegin] = sizes;
    members.push({
      name,
      flags: view.getUint16(at + 8, true),
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      packedSize,
      size,
      headerBegin,
    });
    at = next;
  }
  if (at === directory.length) return members;
  throw refuse.format(undefined, "a directory as long as it says", "a longer one", DAMAGED);
}

/**
 * The sizes, with those that are all ones taken from the zip64 field, where they stand in order.
 * Undefined if that is not among the extra fields from `begin` to `end`, or is too short.
 */
function inZip64(
  view: DataView,
  begin: number,
  end: number,
  sizes: readonly number[],
): number[] | undefined {
  for (let at = begin; at + 4 <= end; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== ZIP64_FIELD) continue;
    const fieldEnd = Math.min(at + 4 + view.getUint16(at + 2, true), end);
    let next = at + 4;
    const wide: number[] = [];
    for (const size of sizes) {
      const isElsewhere = size === SIZE_IS_ELSEWHERE;
      if (isElsewhere && next + 8 > fieldEnd) return undefined;
      wide.push(isElsewhere ? uint64(view, next) : size);
      if (isElsewhere) next += 8;
    }
    return wide;
  }
  return undefined;
}

/**
 * Adds where each member ends at the latest. Refuses members that share bytes: many entries for one small
 * member are how an archive of kilobytes unpacks to gigabytes.
 */
function withEnds(
  members: readonly WithoutEnd[],
  directoryBegin: number,
  refuse: Refusals,
): ZipMember[] {
  const all = members.map((member) => Object.assign(member, { end: directoryBegin }));
  const sorted = [...all].sort((a, b) => a.headerBegin - b.headerBegin);
  sorted.forEach((member, i) => {
    const { name, headerBegin, packedSize } = member;
    const least = headerBegin + MEMBER.size + packedSize;
    if (least > directoryBegin) {
      throw refuse.format(name, "offsets within it", "data beyond its directory", DAMAGED);
    }
    member.end = sorted[i + 1]?.headerBegin ?? directoryBegin;
    if (least > member.end) {
      throw refuse.format(name, "a place of its own", "bytes of another member", DAMAGED);
    }
  });
  return all;
}
