/**
 * One member of a zip archive: where its data begin, and their unpacking. Members are stored (method 0)
 * or deflated (8). fflate unpacks zips too, but skips the checksum: a golden with a flipped bit would then
 * be believed.
 * @module
 */
import { inflateSync } from "fflate";
import type { Refusals } from "../../errors.ts";
import { crc32 } from "./crc32.ts";
import { DAMAGED } from "./damaged.ts";
import type { ZipMember } from "./directory.ts";
import { MEMBER, viewOf } from "./layout.ts";

/** Most bytes that a deflated byte can become (RFC 1951: 258 bytes from 2 bits, nearly). */
const MAX_INFLATION = 1032;

/**
 * Where the data of a member begin, from the first {@link MEMBER} bytes of its header. Its name and its
 * extra field may be longer there than in the directory.
 * @throws {FormatError} if the header is damaged, or the data would reach into the next member.
 */
export function dataBegin(header: Uint8Array, member: ZipMember, refuse: Refusals): number {
  const { name, headerBegin, packedSize, end } = member;
  const view = viewOf(header);
  if (view.getUint32(0, true) !== MEMBER.signature) {
    throw refuse.format(name, "a member's header", "other bytes", DAMAGED);
  }
  const begin = headerBegin + MEMBER.size + view.getUint16(26, true) + view.getUint16(28, true);
  if (begin + packedSize <= end) return begin;
  throw refuse.format(name, "a place of its own", "bytes of the next member", DAMAGED);
}

/**
 * Checks what the directory says of a member.
 * @throws {FormatError} if a member claims a size that its data cannot have.
 * @throws {UnsupportedError} if it is encrypted, or compressed by other methods than deflate.
 */
export function assertUnpackable(member: ZipMember, refuse: Refusals): void {
  const { name, flags, method, packedSize, size } = member;
  if (flags & 1) throw refuse.unsupported(name, "no encryption", "an encrypted member");
  if (method !== 0 && method !== 8) {
    throw refuse.unsupported(name, "stored or deflated data", `compression method ${method}`);
  }
  if (method === 0 ? size !== packedSize : size > packedSize * MAX_INFLATION) {
    throw refuse.format(name, "a size its data can have", size, DAMAGED);
  }
}

/**
 * The data of a member, a copy, checked.
 * @param packed the bytes in the archive, as many as the member says.
 * @throws {FormatError} if they are damaged. And as {@link assertUnpackable}.
 */
export function unpack(packed: Uint8Array, member: ZipMember, refuse: Refusals): Uint8Array {
  const { name, method, size } = member;
  assertUnpackable(member, refuse);
  let data: Uint8Array;
  try {
    data = method === 0 ? new Uint8Array(packed) : inflate(packed, size);
  } catch (cause) {
    throw refuse.format(name, "deflated data", "other bytes", DAMAGED, cause);
  }
  if (data.length === size && crc32(data) === member.crc) return data;
  throw refuse.format(name, "the size and checksum its directory gives", "others", DAMAGED);
}

/** One spare byte, to notice data longer than promised. */
function inflate(packed: Uint8Array, size: number): Uint8Array {
  return inflateSync(packed, { out: new Uint8Array(size + 1) });
}
