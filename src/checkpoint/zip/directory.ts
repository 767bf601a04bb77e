/**
 * The directory of a zip archive, which stands at its end:
 *
 *     for each member   "PK\1\2", flags, method, CRC-32, sizes, name, where its own header begins
 *     zip64 only        "PK\6\6", the figures below in 64 bits; "PK\6\7", where that is
 *     at the very end   "PK\5\6", number of members, where the directory begins, a comment
 *
 * A figure that does not fit its 32 bits is all ones there, and stands in a field of 64 elsewhere.
 * PKWARE APPNOTE.TXT 6.3, §4.3 and §4.5.3. Before each member's data stands a second header, whose
 * sizes may be empty (a writer that streams knows them too late), so this is the one to believe.
 * @module
 */
import { FormatError, UnsupportedError } from "../../errors.ts";
import { type ByteSource, readExactly } from "../../source/byte-source.ts";
import { FILE_KIND_BYTES, fileKind } from "../../source/file-kind.ts";

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
  /** Where the next member begins, or the directory: no byte from there on is this member's. */
  readonly placeEnd: number;
}

/** Where the directory lies, and how many members it has. */
interface Span {
  readonly begin: number;
  readonly size: number;
  readonly count: number;
}

const op = "unzip";
const END = 22;
const LOCATOR = 20;
const END64 = 56;
/** At least, without name and extra field. */
export const MEMBER_HEADER = 30;
/** The end with the longest comment, and what zip64 puts before it. */
const TAIL = END + 0xffff + LOCATOR + END64;
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
  const { name: file, size } = source;
  const tailBegin = Math.max(0, size - TAIL);
  const tail = await readExactly(op, source, tailBegin, size, signal);
  const directory = guarded(file, () => findDirectory(tail, tailBegin, file));
  if (!directory) {
    throw notZip(file, await readExactly(op, source, 0, Math.min(size, FILE_KIND_BYTES), signal));
  }
  const { begin, size: length } = directory;
  if (begin + length > size) throw damaged(file, undefined, "offsets within it");
  if (length > MAX_DIRECTORY_BYTES) {
    const expected = `a directory of at most ${MAX_DIRECTORY_BYTES} bytes`;
    throw new UnsupportedError({ op, file, expected, got: `${length}` });
  }
  const bytes = await readExactly(op, source, begin, begin + length, signal);
  const members = guarded(file, () => parseMembers(bytes, directory.count, file));
  return placed(members, begin, file);
}

/** As {@link readZipDirectory}, of an archive in memory. */
export function zipDirectory(bytes: Uint8Array, file: string): ZipMember[] {
  return guarded(file, () => {
    const directory = findDirectory(bytes, 0, file);
    if (!directory) throw notZip(file, bytes);
    const { begin, size, count } = directory;
    if (begin + size > bytes.length) throw new RangeError("beyond the end of the file");
    return placed(parseMembers(bytes.subarray(begin, begin + size), count, file), begin, file);
  });
}

/** DataView guards every access against offsets that point outside, and says only that. */
export function guarded<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw damaged(file, undefined, "offsets within it", error);
  }
}

/** Undefined if `tail` does not end as an archive does. */
function findDirectory(tail: Uint8Array, tailBegin: number, file: string): Span | undefined {
  const view = viewOf(tail);
  const end = findEnd(view);
  if (end === undefined) return undefined;
  const count = view.getUint16(end + 10, true);
  const size = view.getUint32(end + 12, true);
  const begin = view.getUint32(end + 16, true);
  if (count !== 0xffff && size !== 0xffffffff && begin !== 0xffffffff)
    return { count, size, begin };
  const locator = end - LOCATOR;
  if (view.getUint32(locator, true) !== 0x07064b50)
    throw damaged(file, undefined, "a zip64 locator");
  const end64 = uint64(view, locator + 8) - tailBegin;
  if (view.getUint32(end64, true) !== 0x06064b50) throw damaged(file, undefined, "a zip64 end");
  return {
    count: uint64(view, end64 + 32),
    size: uint64(view, end64 + 40),
    begin: uint64(view, end64 + 48),
  };
}

/** The end record is searched from the back: its comment may be of any length. */
function findEnd(view: DataView): number | undefined {
  const last = view.byteLength - END;
  for (let at = last; at >= Math.max(0, last - 0xffff); at--) {
    if (view.getUint32(at, true) !== 0x06054b50) continue;
    if (at + END + view.getUint16(at + 20, true) === view.byteLength) return at;
  }
  return undefined;
}

/** The error for a file without an end record: an archive cut short, or what it is by its first bytes. */
function notZip(file: string, head: Uint8Array): FormatError {
  const kind = fileKind(head);
  const isZip = kind?.kind === "zip";
  return new FormatError({
    op,
    file,
    expected: isZip ? "the directory at the end of the archive" : "a zip archive",
    got: isZip ? "none" : (kind?.title ?? "something else"),
    hint: isZip ? "the file is truncated" : kind?.hint,
  });
}

type Unplaced = Omit<ZipMember, "placeEnd">;

function parseMembers(directory: Uint8Array, count: number, file: string): Unplaced[] {
  const view = viewOf(directory);
  const members: Unplaced[] = [];
  const names = new Set<string>();
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (view.getUint32(at, true) !== 0x02014b50) throw damaged(file, undefined, "a directory");
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const extraBegin = at + 46 + nameLength;
    const next = extraBegin + extraLength + view.getUint16(at + 32, true);
    if (next > directory.length) throw new RangeError("beyond the end of the directory");
    const name = new TextDecoder().decode(directory.subarray(at + 46, extraBegin));
    if (names.has(name)) throw damaged(file, name, "one member of that name");
    names.add(name);
    const figures = [24, 20, 42].map((field) => view.getUint32(at + field, true));
    const [size, packedSize, headerBegin] = figures.includes(0xffffffff)
      ? inZip64(view, extraBegin, extraLength, figures, () => damaged(file, name, "a zip64 field"))
      : figures;
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
  if (at !== directory.length) throw damaged(file, undefined, "a directory as long as it says");
  return members;
}

/**
 * The members with the ends of their places. Refuses those that share bytes: many entries for one small
 * member are how an archive of kilobytes unpacks to gigabytes.
 */
function placed(members: readonly Unplaced[], directoryBegin: number, file: string): ZipMember[] {
  const ends = new Map<Unplaced, number>();
  const sorted = [...members].sort((a, b) => a.headerBegin - b.headerBegin);
  sorted.forEach((member, i) => {
    const { name, headerBegin, packedSize } = member;
    const end = headerBegin + MEMBER_HEADER + packedSize;
    if (end > directoryBegin) throw damaged(file, undefined, "offsets within it");
    const next = sorted[i + 1]?.headerBegin ?? directoryBegin;
    if (end > next) throw damaged(file, name, "a place of its own");
    ends.set(member, next);
  });
  return members.map((member) => ({ ...member, placeEnd: ends.get(member) as number }));
}

/**
 * Where the data of a member begin, from the first {@link MEMBER_HEADER} bytes of its header. Its name
 * and its extra field may be longer there than in the directory.
 * @throws {FormatError} if it is no such header, or the data would reach beyond their place.
 */
export function dataBegin(header: Uint8Array, member: ZipMember, file: string): number {
  const { name, headerBegin, packedSize, placeEnd } = member;
  const view = viewOf(header);
  if (view.getUint32(0, true) !== 0x04034b50) throw damaged(file, name, "a member's header");
  const begin = headerBegin + MEMBER_HEADER + view.getUint16(26, true) + view.getUint16(28, true);
  if (begin + packedSize > placeEnd) throw damaged(file, name, "a place of its own");
  return begin;
}

/** The figures, with those that are all ones taken from the extra field 1, where they stand in order. */
function inZip64(
  view: DataView,
  begin: number,
  length: number,
  figures: readonly number[],
  refusal: () => FormatError,
): number[] {
  for (let at = begin; at + 4 <= begin + length; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1) continue;
    const end = Math.min(at + 4 + view.getUint16(at + 2, true), begin + length);
    let field = at + 4;
    return figures.map((figure) => {
      if (figure !== 0xffffffff) return figure;
      if (field + 8 > end) throw refusal();
      field += 8;
      return uint64(view, field - 8);
    });
  }
  throw refusal();
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Sizes beyond 2⁵³ are as wrong as any other beyond the end of the file. */
function uint64(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

export function damaged(
  file: string,
  argument: string | undefined,
  expected: string,
  cause?: unknown,
): FormatError {
  const hint = "the file is truncated or damaged; copy or download it again";
  return new FormatError({ op, file, argument, expected, hint }, { cause });
}
