/**
 * A file on disk as a byte source. Positioned reads: several may be under way at once, and the file
 * is never in memory as a whole.
 * @module
 */
import { type FileHandle, open, stat } from "node:fs/promises";
import { ArgumentError } from "../errors.ts";
import { allocate, assertReadable, type ByteSource, shortRead } from "../source/byte-source.ts";
import { systemError } from "./system-error.ts";

const op = "fileSource";

/**
 * Opens the file at `path`. Close it: an open file is not the garbage collector's.
 * @throws {ArgumentError} if there is none, it is no regular file, or it may not be read.
 */
export async function fileSource(path: string): Promise<ByteSource> {
  const { handle, size } = await openFile(path);
  let closing: Promise<void> | undefined;
  const source = {
    name: path,
    size,
    async read(begin: number, end: number, signal?: AbortSignal) {
      assertReadable(op, source, begin, end, signal);
      if (closing) {
        const got = "a closed one";
        throw new ArgumentError({ op, file: path, expected: "an open file", got });
      }
      const bytes = allocate(op, path, end - begin);
      let length: number;
      try {
        length = await readInHalves(handle, bytes, begin, signal);
      } catch (error) {
        signal?.throwIfAborted(); // who gave up is not told what else went wrong
        throw systemError(op, path, "to read it", error);
      }
      if (length < bytes.length) throw shortRead(op, source, begin, end, length);
      return bytes;
    },
    close() {
      closing ??= handle.close();
      return closing;
    },
  };
  return source;
}

async function openFile(path: string): Promise<{ handle: FileHandle; size: number }> {
  const expected = "a file that can be read";
  try {
    // Looked at before it is opened: opening a pipe would wait for someone to write into it.
    const stats = await stat(path);
    if (!stats.isFile()) {
      const [got, hint] = stats.isDirectory()
        ? ["a folder", "give a file in it"]
        : ["a device, pipe or socket"];
      throw new ArgumentError({ op, file: path, expected, got, hint });
    }
    const handle = await open(path, "r");
    return { handle, size: stats.size };
  } catch (error) {
    throw systemError(op, path, expected, error);
  }
}

/**
 * Bytes between two looks at the signal: a fraction of a second on a slow disk. (Node refuses to read
 * 2^31 bytes at once, and Linux stops 4 KiB short of that.)
 */
const PIECE = 2 ** 26;

/** Bytes from which on two reads at a time are worth it. */
const LONG = 2 ** 24;

/**
 * As {@link readFully}, a long range by its two halves at once: touching new memory takes the system as
 * long as copying into it, and two of Node's threads do it in half the time.
 */
async function readInHalves(
  handle: FileHandle,
  into: Uint8Array,
  position: number,
  signal?: AbortSignal,
): Promise<number> {
  if (into.length < LONG) return readFully(handle, into, position, signal);
  const half = Math.ceil(into.length / 2);
  const [first, second] = await Promise.all([
    readFully(handle, into.subarray(0, half), position, signal),
    readFully(handle, into.subarray(half), position + half, signal),
  ]);
  return first + second;
}

/**
 * Fills `into` from `position`, in as many reads as it takes: a single one may return less than was
 * asked, without the file being at its end.
 * @returns the number of bytes read: less than asked only where the file ends.
 */
export async function readFully(
  handle: Pick<FileHandle, "read">,
  into: Uint8Array,
  position: number,
  signal?: AbortSignal,
  piece: number = PIECE,
): Promise<number> {
  let done = 0;
  while (done < into.length) {
    signal?.throwIfAborted();
    const window = into.subarray(done, Math.min(into.length, done + piece));
    const { bytesRead } = await handle.read(window, 0, window.length, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}
