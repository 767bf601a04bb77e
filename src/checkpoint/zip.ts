/**
 * Reading a zip archive that is in memory, as far as `.npz` needs it. A zip ends with a directory:
 *
 *     for each member   "PK\1\2", flags, method, CRC-32, sizes, name, where its own header begins
 *     at the very end   "PK\5\6", number of members, where the directory begins, a comment
 *
 * and before each member's data stands a second header whose sizes may be empty (a writer that
 * streams knows them too late), so the directory is the one to believe. Members are stored (method
 * 0) or deflated (8). PKWARE APPNOTE.TXT 6.3, §4.3. fflate unpacks zips too, but skips the checksum:
 * a golden with a flipped bit would then be believed.
 * @module
 */
import { inflateSync } from "fflate";
import { FormatError, UnsupportedError } from "../errors.ts";
import { fileKind } from "./file-kind.ts";

const op = "unzip";

/** Most bytes a deflated byte can become (RFC 1951: 258 bytes from 2 bits, nearly). */
const MAX_INFLATION = 1032;

/**
 * The members of an archive by name, unpacked and checked against their checksums.
 * @param file its name, for error messages.
 * @throws {FormatError} if it is not a zip archive, or is damaged or cut short.
 * @throws {UnsupportedError} if it is encrypted, beyond 4 GiB, or compressed by other methods.
 */
export function unzip(bytes: Uint8Array, file: string): Map<string, Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const members = new Map<string, Uint8Array>();
  try {
    for (const member of readDirectory(view, file)) {
      if (members.has(member.name)) throw damaged(file, member.name, "one member of that name");
      members.set(member.name, unpack(view, member, file));
    }
  } catch (error) {
    // An offset that points outside the file: DataView guards every access, and says only that.
    if (error instanceof RangeError) throw damaged(file, undefined, "offsets within it", error);
    throw error;
  }
  return members;
}

interface Member {
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly packedSize: number;
  readonly size: number;
  readonly headerBegin: number;
}

function* readDirectory(view: DataView, file: string): Generator<Member> {
  const end = findEnd(view, file);
  const count = view.getUint16(end + 10, true);
  const size = view.getUint32(end + 12, true);
  const begin = view.getUint32(end + 16, true);
  if (count === 0xffff || size === 0xffffffff || begin === 0xffffffff) throw zip64(file);
  let at = begin;
  for (let i = 0; i < count; i++) {
    if (view.getUint32(at, true) !== 0x02014b50) throw damaged(file, undefined, "a directory");
    const nameLength = view.getUint16(at + 28, true);
    const name = new TextDecoder().decode(slice(view, at + 46, nameLength));
    const packedSize = view.getUint32(at + 20, true);
    const memberSize = view.getUint32(at + 24, true);
    const headerBegin = view.getUint32(at + 42, true);
    if ([packedSize, memberSize, headerBegin].includes(0xffffffff)) throw zip64(file);
    yield {
      name,
      flags: view.getUint16(at + 8, true),
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      packedSize,
      size: memberSize,
      headerBegin,
    };
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  if (at !== begin + size) throw damaged(file, undefined, "a directory as long as it says");
}

/** The end record: 22 bytes and a comment of at most 65535, so it is searched from the back. */
function findEnd(view: DataView, file: string): number {
  const last = view.byteLength - 22;
  for (let at = last; at >= Math.max(0, last - 0xffff); at--) {
    if (view.getUint32(at, true) !== 0x06054b50) continue;
    if (at + 22 + view.getUint16(at + 20, true) === view.byteLength) return at;
  }
  const kind = fileKind(slice(view, 0, Math.min(256, view.byteLength)));
  const isZip = kind?.kind === "zip";
  throw new FormatError({
    op,
    file,
    expected: isZip ? "the directory at the end of the archive" : "a zip archive",
    got: isZip ? "none" : (kind?.title ?? "something else"),
    hint: isZip ? "the file is truncated" : undefined,
  });
}

function unpack(view: DataView, member: Member, file: string): Uint8Array {
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

function damaged(
  file: string,
  argument: string | undefined,
  expected: string,
  cause?: unknown,
): FormatError {
  const hint = "the file is truncated or damaged; copy or download it again";
  return new FormatError({ op, file, argument, expected, hint }, { cause });
}

function unsupported(file: string, argument: string, expected: string, got: string) {
  return new UnsupportedError({ op, file, argument, expected, got });
}

function zip64(file: string): UnsupportedError {
  const hint = "write fewer or smaller arrays per file";
  return new UnsupportedError({ op, file, expected: "an archive below 4 GiB", got: "zip64", hint });
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
