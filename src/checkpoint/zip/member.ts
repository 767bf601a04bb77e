/**
 * Members of a zip archive that is read by range: a weight of gigabytes lies there as it is, or deflated
 * (`numpy.savez_compressed`), and is read some rows at a time.
 *
 * A member has one checksum, of all its bytes. It is checked where all of them are read: for members read
 * whole, and for deflated ones read to their end. It is not checked for a stored weight: that would
 * cost as much as reading it, and the other formats of checkpoints have no checksums.
 * @module
 */
import { Inflate } from "fflate";
import { refusals } from "../../errors.ts";
import {
  assertReadable,
  type ByteSource,
  readExactly,
  readIntoExactly,
} from "../../source/byte-source.ts";
import { crc32 } from "./crc32.ts";
import { DAMAGED } from "./damaged.ts";
import type { ZipMember } from "./directory.ts";
import { MEMBER } from "./layout.ts";
import { assertUnpackable, dataBegin, unpack } from "./unpack.ts";

const op = "unzip";

/** Deflated bytes that are read at once; they become at most 17 MB. */
const PORTION = 2 ** 14;

/**
 * A small member, whole and checked.
 * @throws {FormatError} if it is damaged.
 * @throws {UnsupportedError} if it is encrypted, or compressed by other methods than deflate.
 */
export async function readMember(
  source: ByteSource,
  member: ZipMember,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const refuse = refusals(op, source.name);
  assertUnpackable(member, refuse);
  const begin = await memberBegin(source, member, signal);
  const packed = await readExactly(op, source, begin, begin + member.packedSize, signal);
  return unpack(packed, member, refuse);
}

/**
 * The data of a member as a source of their own, with the archive's name. Reads of a deflated member that
 * come in order unpack nothing twice; a read that goes back begins anew.
 * @throws as {@link readMember}.
 */
export async function memberSource(
  source: ByteSource,
  member: ZipMember,
  signal?: AbortSignal,
): Promise<ByteSource> {
  assertUnpackable(member, refusals(op, source.name));
  const begin = await memberBegin(source, member, signal);
  return member.method === 0 ? stored(source, member, begin) : deflated(source, member, begin);
}

/** Where the data of a member begin in `source`. */
export async function memberBegin(
  source: ByteSource,
  member: ZipMember,
  signal?: AbortSignal,
): Promise<number> {
  const { headerBegin: at } = member;
  const header = await readExactly(op, source, at, at + MEMBER.size, signal);
  return dataBegin(header, member, refusals(op, source.name));
}

function stored(source: ByteSource, { size }: ZipMember, base: number): ByteSource {
  const member: ByteSource = {
    name: source.name,
    size,
    async read(begin, end, signal) {
      assertReadable(op, member, begin, end, signal);
      return readExactly(op, source, base + begin, base + end, signal);
    },
    async readInto(begin, into, signal) {
      assertReadable(op, member, begin, begin + into.length, signal);
      await readIntoExactly(op, source, base + begin, into, signal);
    },
  };
  return member;
}

function deflated(source: ByteSource, zipMember: ZipMember, base: number): ByteSource {
  let idle: Inflation | undefined;
  const member: ByteSource = {
    name: source.name,
    size: zipMember.size,
    async read(begin, end, signal) {
      assertReadable(op, member, begin, end, signal);
      // Taken while it is used: a read at the same time, or after one that failed, begins anew.
      const inflation = idle && idle.at <= begin ? idle : inflate(source, zipMember, base);
      idle = undefined;
      await inflation.skip(begin - inflation.at, signal);
      const bytes = await inflation.take(end - begin, signal);
      if (end < member.size) idle = inflation;
      return bytes;
    },
  };
  return member;
}

/** Deflated data, unpacked as they are read. */
interface Inflation {
  /** Where in the data the next byte lies. */
  readonly at: number;
  skip(count: number, signal?: AbortSignal): Promise<void>;
  /** The next `count` bytes. The last bytes are checked together with all before them. */
  take(count: number, signal?: AbortSignal): Promise<Uint8Array>;
}

function inflate(source: ByteSource, member: ZipMember, base: number): Inflation {
  const { name, packedSize, size } = member;
  const refuse = refusals(op, source.name);
  let packed = 0; // bytes read
  let unpacked = 0; // bytes they became
  let crc = 0;
  let at = 0;
  let waiting: Uint8Array = new Uint8Array(0); // unpacked, from `at` on
  const inflater = new Inflate((data) => {
    waiting = data;
  });

  /** Called where nothing is waiting. */
  async function unpackMore(signal?: AbortSignal): Promise<void> {
    const end = Math.min(packed + PORTION, packedSize);
    if (unpacked === size && end < packedSize)
      throw refuse.format(name, "data that end with their last byte", "more", DAMAGED);
    const bytes = await readExactly(op, source, base + packed, base + end, signal);
    packed = end;
    try {
      inflater.push(bytes, packed === packedSize);
    } catch (cause) {
      throw refuse.format(name, "deflated data", "other bytes", DAMAGED, cause);
    }
    unpacked += waiting.length;
    crc = crc32(waiting, crc);
    const isWrong = packed === packedSize && (unpacked !== size || crc !== member.crc);
    if (unpacked > size || isWrong)
      throw refuse.format(name, "the size and checksum its directory gives", "others", DAMAGED);
  }

  /** Hands on the next `count` bytes, in pieces. */
  async function pass(
    count: number,
    hand: (data: Uint8Array) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    for (let left = count; left > 0; ) {
      if (waiting.length === 0) await unpackMore(signal);
      const data = waiting.subarray(0, left);
      hand(data);
      waiting = waiting.subarray(data.length);
      at += data.length;
      left -= data.length;
    }
  }

  return {
    get at() {
      return at;
    },
    skip: (count, signal) => pass(count, () => {}, signal),
    async take(count, signal) {
      const bytes = new Uint8Array(count);
      const begin = at;
      await pass(count, (data) => bytes.set(data, at - begin), signal);
      while (at === size && packed < packedSize) await unpackMore(signal);
      return bytes;
    },
  };
}
