/**
 * Reading a zip archive that is in memory, as far as `.npz` needs it. Members are stored (method 0) or
 * deflated (8). fflate unpacks zips too, but skips the checksum: a golden with a flipped bit would then
 * be believed.
 * @module
 */
import { inflateSync } from "fflate";
import { UnsupportedError } from "../errors.ts";
import { damaged, guarded, type ZipMember, zipDirectory } from "./zip-directory.ts";

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
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const members = zipDirectory(bytes, file);
  return guarded(
    file,
    () => new Map(members.map((member) => [member.name, unpack(view, member, file)])),
  );
}

function unpack(view: DataView, member: ZipMember, file: string): Uint8Array {
  const { name, method, packedSize, size, headerBegin: at } = member;
  if (member.flags & 1) throw unsupported(file, name, "no encryption", "an encrypted member");
  if (method !== 0 && method !== 8) {
    throw unsupported(file, name, "stored or deflated data", `compression method ${method}`);
  }
  if (view.getUint32(at, true) !== 0x04034b50) throw damaged(file, name, "a member's header");
  const begin = at + 30 + view.getUint16(at + 26, true) + view.getUint16(at + 28, true);
  const packed = slice(view, begin, packedSize);
  if (size > packedSize * MAX_INFLATION) throw damaged(file, name, "a size its data can have");

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

function slice(view: DataView, begin: number, length: number): Uint8Array {
  if (begin + length > view.byteLength) throw new RangeError("beyond the end of the file");
  return new Uint8Array(view.buffer, view.byteOffset + begin, length);
}

function unsupported(file: string, argument: string, expected: string, got: string) {
  return new UnsupportedError({ op, file, argument, expected, got });
}

/** The remainder of each byte, so that a byte costs one step instead of eight. */
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let c = byte;
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  return c;
});

/** CRC-32 of zip and gzip (RFC 1952 §8): `crc32("123456789")` is 0xcbf43926. */
export function crc32(bytes: Uint8Array): number {
  let c = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) c = CRC_TABLE[(c ^ bytes[i]) & 0xff] ^ (c >>> 8);
  return ~c >>> 0;
}
