/**
 * Reading a zip archive that is in memory, as far as `.npz` needs it. Members are stored (method 0) or
 * deflated (8). fflate unpacks zips too, but skips the checksum: a golden with a flipped bit would then
 * be believed.
 * @module
 */
import { inflateSync } from "fflate";
import { UnsupportedError } from "../../errors.ts";
import { crc32 } from "./crc32.ts";
import {
  damaged,
  dataBegin,
  guarded,
  MEMBER_HEADER,
  type ZipMember,
  zipDirectory,
} from "./directory.ts";

const op = "unzip";

/** Most bytes a deflated byte can become (RFC 1951: 258 bytes from 2 bits, nearly). */
const MAX_INFLATION = 1032;

/**
 * The members of an archive by name, unpacked and checked against their checksums.
 * @param file its name, for error messages.
 * @throws {FormatError} if it is not a zip archive, or is damaged or cut short.
 * @throws {UnsupportedError} if it is encrypted, or compressed by other methods.
 */
export function unzip(bytes: Uint8Array, file: string): Map<string, Uint8Array> {
  const members = zipDirectory(bytes, file);
  return guarded(file, () => {
    const unpacked = members.map((member) => {
      const { name, headerBegin, packedSize } = member;
      const header = bytes.subarray(headerBegin, headerBegin + MEMBER_HEADER);
      const begin = dataBegin(header, member, file);
      return [name, unpack(bytes.subarray(begin, begin + packedSize), member, file)] as const;
    });
    return new Map(unpacked);
  });
}

/**
 * @throws {FormatError} if a member claims a size that its data cannot have.
 * @throws {UnsupportedError} if it is encrypted, or compressed by other methods than deflate.
 */
export function assertUnpackable(member: ZipMember, file: string): void {
  const { name, flags, method, packedSize, size } = member;
  if (flags & 1) throw unsupported(file, name, "no encryption", "an encrypted member");
  if (method !== 0 && method !== 8) {
    throw unsupported(file, name, "stored or deflated data", `compression method ${method}`);
  }
  if (method === 0 ? size !== packedSize : size > packedSize * MAX_INFLATION) {
    throw damaged(file, name, "a size its data can have");
  }
}

/**
 * The data of a member, a copy, checked.
 * @param packed the bytes in the archive, as many as the member says.
 */
export function unpack(packed: Uint8Array, member: ZipMember, file: string): Uint8Array {
  const { name, method, size } = member;
  assertUnpackable(member, file);
  let data: Uint8Array;
  try {
    data = method === 0 ? new Uint8Array(packed) : inflate(packed, size);
  } catch (cause) {
    throw damaged(file, name, "deflated data", cause);
  }
  if (data.length !== size || crc32(data) !== member.crc) {
    throw damaged(file, name, "the size and checksum its directory gives");
  }
  return data;
}

/** One byte more than promised is room enough to notice data that go on. */
function inflate(packed: Uint8Array, size: number): Uint8Array {
  return inflateSync(packed, { out: new Uint8Array(size + 1) });
}

function unsupported(file: string, argument: string, expected: string, got: string) {
  return new UnsupportedError({ op, file, argument, expected, got });
}
