/**
 * Where the bytes of a checkpoint come from: memory, a file on disk, a file chosen in a browser, a
 * server that answers range requests. A checkpoint of 17 GB is never in memory as one piece, so
 * every reader asks a {@link ByteSource} for the ranges it needs, when it needs them.
 * @module
 */
import { brief } from "../brief.ts";
import { type FormatError, GemmaError, refusals } from "../errors.ts";
import { assertSignal } from "../options.ts";

/** The name and the size of a source, for checks and messages. */
export type Sized = Pick<ByteSource, "name" | "size">;

/** Bytes that can be read by range. */
export interface ByteSource {
  /** Its name in error messages: a file name or path. */
  readonly name: string;
  /** Number of bytes. Does not change while the source is open. */
  readonly size: number;
  /**
   * The bytes from `begin` to `end` (exclusive), exactly `end - begin` of them; the caller owns the
   * result. Reads may overlap in time.
   * @throws {ArgumentError} if the range does not lie in 0..size.
   * @throws {FormatError} if fewer bytes are there than `size` promised.
   * @throws {SourceError} if the disk or the server fails.
   * @throws the signal's reason, if it is aborted before the read begins.
   */
  read(begin: number, end: number, signal?: AbortSignal): Promise<Uint8Array>;
  /**
   * As {@link read}, into memory that the caller has: fills `into` with the bytes from `begin` on. Once the
   * promise is settled nothing more is written; after an error, `into` may be filled in part. A source need
   * not have it: {@link readIntoExactly} does without.
   */
  readInto?(begin: number, into: Uint8Array, signal?: AbortSignal): Promise<void>;
  /**
   * The file beside it whose name `rename` makes of its own, for the caller to close; undefined if there is none. So a
   * model in several files is found by one of them. A source without it, such as bytes in memory, lies beside nothing.
   */
  beside?(rename: (name: string) => string): Promise<ByteSource | undefined>;
  /** Gives back what the source holds, such as an open file. A source without it holds nothing. */
  close?(): Promise<void>;
}

/**
 * Fills `into` with the bytes from `begin` on; the range is known to lie in the source.
 * @returns how many there were: fewer only where the source ends before its size.
 */
export type Fill = (into: Uint8Array, begin: number, signal?: AbortSignal) => Promise<number>;

/** A source that reads by `fill`. `op` is for error messages. */
export function sourceFrom(op: string, name: string, size: number, fill: Fill): ByteSource {
  const source = { name, size };
  async function whole(into: Uint8Array, begin: number, signal?: AbortSignal): Promise<void> {
    const filled = await fill(into, begin, signal);
    if (filled < into.length) throw shortRead(op, source, begin, begin + into.length, filled);
  }
  return {
    ...source,
    async read(begin, end, signal) {
      assertReadable(op, source, begin, end, signal);
      const bytes = allocate(op, name, end - begin);
      await whole(bytes, begin, signal);
      return bytes;
    },
    async readInto(begin, into, signal) {
      assertReadable(op, source, begin, begin + into.length, signal);
      await whole(into, begin, signal);
    },
  };
}

/** Bytes in memory as a source. The bytes are not copied, and must not be changed while it is used. */
export function bytesSource(bytes: Uint8Array, name = "bytes"): ByteSource {
  assertBytes("bytesSource", bytes);
  return sourceFrom("bytesSource", name, bytes.length, async (into, begin) => {
    into.set(bytes.subarray(begin, begin + into.length));
    return into.length;
  });
}

/** Bytes that are copied out of a Blob at a time: it gives them only in memory of its own. */
const BLOB_PIECE = 2 ** 24;

/**
 * A Blob as a source: in a browser, a File from an `<input type="file">`. Only the ranges read come
 * into memory.
 */
export function blobSource(blob: Blob, name: string = nameOf(blob)): ByteSource {
  const hint = "the file may have changed or moved since it was chosen; choose it again";
  return sourceFrom("blobSource", name, blob.size, async (into, begin, signal) => {
    const { length } = into;
    for (let done = 0; done < length; ) {
      const end = Math.min(length, done + BLOB_PIECE);
      const read = () => blob.slice(begin + done, begin + end).arrayBuffer();
      const buffer = await typed("blobSource", name, begin, length, signal, read, hint);
      into.set(new Uint8Array(buffer, 0, Math.min(buffer.byteLength, end - done)), done);
      if (buffer.byteLength < end - done) return done + buffer.byteLength;
      done = end;
    }
    return length;
  });
}

function nameOf(blob: Blob): string {
  return "name" in blob && typeof blob.name === "string" ? blob.name : "blob";
}

/** Most bytes of a file that is read whole. Gemma's tokenizer.json has 17 MB, its tokenizer.model 4.2 MB. */
export const MAX_WHOLE = 100_000_000;
/** Most bytes of a config or an index. The 7B's index has 20 KB. */
export const MAX_TEXT = 5_000_000;

/** @throws {ArgumentError} unless `bytes` are a Uint8Array, as every reader of bytes in memory wants them. */
export function assertBytes(op: string, bytes: Uint8Array): void {
  if (bytes instanceof Uint8Array) return;
  throw refusals(op).argument("bytes", "a Uint8Array", brief(bytes), "pass new Uint8Array(buffer)");
}

/** @throws {FormatError} if the source is too large to be a file that is read whole. */
export function assertSmall(op: string, { name, size }: Sized, most: number = MAX_WHOLE): void {
  if (size <= most) return;
  const expected = `a file of at most ${most} bytes`;
  const hint = "the file is damaged, or something else under this name";
  throw refusals(op, name).format(undefined, expected, `${size} bytes`, hint);
}

/** The whole of a small source. */
export function readAll(source: ByteSource, signal?: AbortSignal): Promise<Uint8Array> {
  return readExactly("readAll", source, 0, source.size, signal);
}

/**
 * `source.read`, with its result checked: anybody may write a source.
 * @throws {FormatError} if there are not `end - begin` bytes.
 * @throws {SourceError} if the source fails with an error that is not this library's.
 * @throws the signal's reason.
 */
export async function readExactly(
  op: string,
  source: ByteSource,
  begin: number,
  end: number,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const read = () => source.read(begin, end, signal);
  const bytes = await typed(op, source.name, begin, end - begin, signal, read);
  if (bytes.length !== end - begin) throw shortRead(op, source, begin, end, bytes.length);
  return bytes;
}

/**
 * As {@link readExactly}, into memory that the caller has: fills `into` with the bytes from `begin` on. A
 * source without `readInto` is read, and its bytes are copied.
 * @throws as {@link readExactly}.
 */
export async function readIntoExactly(
  op: string,
  source: ByteSource,
  begin: number,
  into: Uint8Array,
  signal?: AbortSignal,
): Promise<void> {
  if (!source.readInto) {
    into.set(await readExactly(op, source, begin, begin + into.length, signal));
    return;
  }
  const read = async () => source.readInto?.(begin, into, signal);
  await typed(op, source.name, begin, into.length, signal, read);
}

/** The result of `read`; a foreign error becomes one of this library. */
async function typed<T>(
  op: string,
  file: string,
  begin: number,
  length: number,
  signal: AbortSignal | undefined,
  read: () => Promise<T>,
  hint = "the disk or the connection may be failing; try again",
): Promise<T> {
  assertSignal(op, signal);
  signal?.throwIfAborted();
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof GemmaError) throw cause;
    signal?.throwIfAborted();
    const expected = `to read ${length} bytes at ${begin}`;
    throw refusals(op, file).source(undefined, expected, String(cause), hint, cause);
  }
}

/**
 * The checks that every `read` begins with.
 * @throws {ArgumentError} if the range does not lie in 0..size, or the signal is none.
 * @throws the signal's reason, if it is aborted.
 */
export function assertReadable(
  op: string,
  { name, size }: Sized,
  begin: number,
  end: number,
  signal?: AbortSignal,
): void {
  assertSignal(op, signal);
  signal?.throwIfAborted();
  const isWhole = Number.isSafeInteger(begin) && Number.isSafeInteger(end);
  if (isWhole && 0 <= begin && begin <= end && end <= size) return;
  const expected = `a range of whole bytes within 0..${size}`;
  throw refusals(op, name).argument("range", expected, `${begin}..${end}`);
}

/**
 * Room for a range. A sparse file, or a size that a server claims, may be arbitrarily large; running out of
 * memory must be a typed error.
 * @throws {ArgumentError} if there is not so much memory.
 */
export function allocate(op: string, file: string, length: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(length);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause; // a typed array that is too large for the memory
    const expected = "a range that fits into memory";
    throw refusals(op, file).argument(undefined, expected, `${length} bytes`, undefined, cause);
  }
}

/** The error of a source that ends before its size. */
function shortRead(op: string, of: Sized, begin: number, end: number, got: number): FormatError {
  const expected = `${end - begin} bytes at ${begin} (the file had ${of.size} when it was opened)`;
  const hint = "the file is truncated, or is still being downloaded or written";
  return refusals(op, of.name).format(undefined, expected, got, hint);
}

/** Closes every source, even if closing one fails. */
export async function closeAll(sources: readonly ByteSource[]): Promise<void> {
  await Promise.allSettled(sources.map((source) => source.close?.()));
}
