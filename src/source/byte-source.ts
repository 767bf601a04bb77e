/**
 * Where the bytes of a checkpoint come from: memory, a file on disk, a file chosen in a browser, a
 * server that answers range requests. A checkpoint of 17 GB is never in memory as one piece, so
 * every reader in this folder asks a {@link ByteSource} for the ranges it needs, when it needs them.
 * @module
 */
import { brief } from "../brief.ts";
import { ArgumentError, FormatError, GemmaError } from "../errors.ts";

/** Bytes that can be read by range. */
export interface ByteSource {
  /** What error messages call it: a file name or path. */
  readonly name: string;
  /** Number of bytes. Does not change while the source is open. */
  readonly size: number;
  /**
   * The bytes from `begin` to `end` (exclusive), exactly `end - begin` of them; the caller owns the
   * result. Reads may overlap in time.
   * @throws {ArgumentError} if the range does not lie in 0..size.
   * @throws {FormatError} if fewer bytes are there than `size` promised.
   * @throws the signal's reason, if it is aborted before the read begins.
   */
  read(begin: number, end: number, signal?: AbortSignal): Promise<Uint8Array>;
  /**
   * As {@link read}, into memory that the caller has: fills `into` with the bytes from `begin` on. Once the
   * promise is settled nothing more is written; after an error, `into` may be filled in part. A source need
   * not have it: `readIntoExactly` does without.
   */
  readInto?(begin: number, into: Uint8Array, signal?: AbortSignal): Promise<void>;
  /** Gives back what the source holds, such as an open file. A source without it holds nothing. */
  close?(): Promise<void>;
}

/** Bytes in memory as a source. The bytes are not copied, and must not be changed while it is used. */
export function bytesSource(bytes: Uint8Array, name = "bytes"): ByteSource {
  assertBytes("bytesSource", bytes);
  const source: ByteSource = {
    name,
    size: bytes.length,
    async read(begin, end, signal) {
      assertReadable("bytesSource", source, begin, end, signal);
      // Not bytes.slice(): on a Node Buffer that is a view, which the caller would not own.
      return new Uint8Array(bytes.subarray(begin, end));
    },
  };
  return source;
}

/**
 * A Blob as a source: in a browser, a File from an `<input type="file">`. Only the ranges read come
 * into memory.
 */
export function blobSource(blob: Blob, name: string = nameOf(blob)): ByteSource {
  const source: ByteSource = {
    name,
    size: blob.size,
    async read(begin, end, signal) {
      assertReadable("blobSource", source, begin, end, signal);
      let bytes: Uint8Array;
      try {
        bytes = new Uint8Array(await blob.slice(begin, end).arrayBuffer());
      } catch (cause) {
        const details = {
          op: "blobSource",
          file: name,
          expected: `${end - begin} bytes at ${begin}`,
          got: String(cause),
          hint: "the file may have changed or moved since it was chosen; choose it again",
        };
        throw new FormatError(details, { cause });
      }
      if (bytes.length !== end - begin) {
        throw shortRead("blobSource", source, begin, end, bytes.length);
      }
      return bytes;
    },
  };
  return source;
}

function nameOf(blob: Blob): string {
  return "name" in blob && typeof blob.name === "string" ? blob.name : "blob";
}

/** Most bytes of a file that is read whole. Gemma's tokenizer.json has 17 MB, its tokenizer.model 4.2 MB. */
export const MAX_WHOLE = 100_000_000;
/** Most bytes of a config or an index. That of the 7B has 20 KB. */
export const MAX_TEXT = 5_000_000;

/** @throws {ArgumentError} unless `bytes` are a Uint8Array, as every reader of bytes in memory wants them. */
export function assertBytes(op: string, bytes: Uint8Array): void {
  if (bytes instanceof Uint8Array) return;
  const hint = "an ArrayBuffer becomes one by new Uint8Array(buffer)";
  const expected = "a Uint8Array";
  throw new ArgumentError({ op, argument: "bytes", expected, got: brief(bytes), hint });
}

/** @throws {FormatError} if the source is too large to be a file that is read whole. */
export function assertSmall(
  op: string,
  { name: file, size }: Pick<ByteSource, "name" | "size">,
  most: number = MAX_WHOLE,
): void {
  if (size <= most) return;
  const expected = `a file of at most ${most} bytes`;
  const hint = "it is damaged, or another file under this name";
  throw new FormatError({ op, file, expected, got: `${size} bytes`, hint });
}

/** The whole of a small source. */
export function readAll(source: ByteSource, signal?: AbortSignal): Promise<Uint8Array> {
  return readExactly("readAll", source, 0, source.size, signal);
}

/**
 * `source.read`, trusting nobody's source: the result has `end - begin` bytes.
 * @throws {FormatError} if it has not, or the source fails with an error that is not this library's.
 * @throws the signal's reason.
 */
export async function readExactly(
  op: string,
  source: ByteSource,
  begin: number,
  end: number,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  signal?.throwIfAborted();
  let bytes: Uint8Array;
  try {
    bytes = await source.read(begin, end, signal);
  } catch (cause) {
    if (cause instanceof GemmaError || signal?.aborted) throw cause;
    const details = {
      op,
      file: source.name,
      expected: `to read ${end - begin} bytes at ${begin}`,
      got: String(cause),
      hint: "the disk or the connection may be failing; try again",
    };
    throw new FormatError(details, { cause });
  }
  if (bytes.length !== end - begin) throw shortRead(op, source, begin, end, bytes.length);
  return bytes;
}

/**
 * What every `read` checks first.
 * @throws {ArgumentError} if the range does not lie in 0..size.
 * @throws the signal's reason, if it is aborted.
 */
export function assertReadable(
  op: string,
  source: Pick<ByteSource, "name" | "size">,
  begin: number,
  end: number,
  signal?: AbortSignal,
): void {
  signal?.throwIfAborted();
  const inside =
    Number.isSafeInteger(begin) &&
    Number.isSafeInteger(end) &&
    0 <= begin &&
    begin <= end &&
    end <= source.size;
  if (inside) return;
  throw new ArgumentError({
    op,
    file: source.name,
    argument: "range",
    expected: `a range of whole bytes within 0..${source.size}`,
    got: `${begin}..${end}`,
  });
}

/**
 * Room for a range. A file of holes, or one whose size a server says, may be of any size: what no memory holds
 * is no config.
 * @throws {ArgumentError} if there is not so much memory.
 */
export function allocate(op: string, file: string, length: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(length);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause; // that is how a typed array says: no memory
    const expected = "a range that there is memory for";
    throw new ArgumentError({ op, file, expected, got: `${length} bytes` }, { cause });
  }
}

/** The error of a source that ends before its size. */
export function shortRead(
  op: string,
  source: Pick<ByteSource, "name" | "size">,
  begin: number,
  end: number,
  got: number,
): FormatError {
  return new FormatError({
    op,
    file: source.name,
    expected: `${end - begin} bytes at ${begin} (the file had ${source.size} when it was opened)`,
    got: `${got}`,
    hint: "the file is truncated, or is still being downloaded or written",
  });
}

/** Closes every source, even if closing one fails. */
export async function closeAll(sources: readonly ByteSource[]): Promise<void> {
  await Promise.allSettled(sources.map((source) => source.close?.()));
}
