/**
 * The end of a zip archive, which says where its directory lies.
 * @module
 */
import type { FormatError, Refusals } from "../../errors.ts";
import { fileKind } from "../../source/file-kind.ts";
import { DAMAGED } from "./damaged.ts";
import {
  COUNT_IS_ELSEWHERE,
  END,
  END64,
  LOCATOR64,
  SIZE_IS_ELSEWHERE,
  uint64,
  viewOf,
} from "./layout.ts";

/** Where the directory lies, and how many members it has. */
export interface DirectorySpan {
  readonly begin: number;
  readonly size: number;
  readonly count: number;
}

const MAX_COMMENT = 0xffff;
/** Most bytes that {@link findDirectory} looks at: the end with the longest comment, and zip64's records. */
export const TAIL_BYTES: number = END.size + MAX_COMMENT + LOCATOR64.size + END64.size;

/**
 * Undefined if `tail`, the last bytes of the file, do not end as an archive does.
 * @param tailBegin where they begin in the file.
 * @throws {FormatError} if the records of zip64 are damaged.
 * @throws {RangeError} if an offset points outside the file, or zip64's records are not in `tail`.
 */
export function findDirectory(
  tail: Uint8Array,
  tailBegin: number,
  refuse: Refusals,
): DirectorySpan | undefined {
  const view = viewOf(tail);
  const end = findEnd(view);
  if (end === undefined) return undefined;
  const fileSize = tailBegin + tail.length;
  const count = view.getUint16(end + 10, true);
  const size = view.getUint32(end + 12, true);
  const begin = view.getUint32(end + 16, true);
  const isNarrow = count !== COUNT_IS_ELSEWHERE && ![size, begin].includes(SIZE_IS_ELSEWHERE);
  if (isNarrow) return within({ count, size, begin }, fileSize);
  const locator = end - LOCATOR64.size;
  if (view.getUint32(locator, true) !== LOCATOR64.signature) {
    throw refuse.format(undefined, "a zip64 locator", "other bytes", DAMAGED);
  }
  const end64 = uint64(view, locator + 8) - tailBegin;
  if (view.getUint32(end64, true) !== END64.signature) {
    throw refuse.format(undefined, "a zip64 end", "other bytes", DAMAGED);
  }
  const [wideCount, wideSize, wideBegin] = [32, 40, 48].map((at) => uint64(view, end64 + at));
  return within({ count: wideCount, size: wideSize, begin: wideBegin }, fileSize);
}

function within(span: DirectorySpan, fileSize: number): DirectorySpan {
  if (span.begin + span.size <= fileSize) return span;
  throw new RangeError("beyond the end of the file");
}

/** The end record is searched from the back, because its comment may be of any length. */
function findEnd(view: DataView): number | undefined {
  const last = view.byteLength - END.size;
  for (let at = last; at >= Math.max(0, last - MAX_COMMENT); at--) {
    if (view.getUint32(at, true) !== END.signature) continue;
    if (at + END.size + view.getUint16(at + 20, true) === view.byteLength) return at;
  }
  return undefined;
}

/**
 * The error for a file without an end record: an archive cut short, or a file of another kind.
 * @param head its first bytes, by which kinds are told apart.
 */
export function notZip(head: Uint8Array, refuse: Refusals): FormatError {
  const kind = fileKind(head);
  if (kind?.kind !== "zip") {
    return refuse.format(undefined, "a zip archive", kind?.title ?? "something else", kind?.hint);
  }
  const expected = "the directory at the end of the archive";
  return refuse.format(undefined, expected, "no directory", "the file is truncated");
}
