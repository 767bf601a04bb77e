/**
 * A file on disk as a byte source. Positioned reads: several may be under way at once, and the file
 * is never in memory as a whole.
 * @module
 */
import { type FileHandle, lstat, open, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type Refusals, refusals } from "../errors.ts";
import { type ByteSource, sourceFrom } from "../source/byte-source.ts";
import { errorCode, systemError } from "./system-error.ts";

/**
 * Opens the file at `path`. Close it: the garbage collector does not close open files.
 * @throws {SourceError} if it is not there, or may not be read.
 * @throws {ArgumentError} if it is a folder or a device.
 */
export async function fileSource(path: string): Promise<ByteSource> {
  const refuse = refusals("fileSource", path);
  const { handle, size } = await openFile(refuse, path);
  let closing: Promise<void> | undefined;
  const source = sourceFrom("fileSource", path, size, async (into, begin, signal) => {
    if (closing) throw refuse.argument(undefined, "an open file", "a closed file");
    try {
      return await readInHalves(handle, into, begin, signal);
    } catch (error) {
      signal?.throwIfAborted(); // after an abort, its reason is the error, whatever else went wrong
      throw systemError(refuse, "to read it", error);
    }
  });
  return {
    ...source,
    async beside(rename) {
      const other = join(dirname(path), rename(basename(path)));
      return (await isThere(other)) ? fileSource(other) : undefined;
    },
    close() {
      closing ??= handle.close();
      return closing;
    },
  };
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path); // not what a link leads to: a link to nothing is an error worth telling
    return true;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw systemError(refusals("fileSource", path), "a file that can be read", error);
  }
}

async function openFile(
  refuse: Refusals,
  path: string,
): Promise<{ handle: FileHandle; size: number }> {
  const readable = "a file that can be read";
  try {
    // Looked at before it is opened: opening a pipe would wait for a writer.
    const stats = await stat(path);
    if (stats.isDirectory())
      throw refuse.argument(undefined, readable, "a folder", "give a file in it");
    if (!stats.isFile()) throw refuse.argument(undefined, readable, "a device, pipe or socket");
    const handle = await open(path, "r");
    return { handle, size: stats.size };
  } catch (error) {
    throw systemError(refuse, readable, error);
  }
}

/**
 * Bytes between two looks at the signal: a fraction of a second on a slow disk. (Node refuses to read
 * 2^31 bytes at once, and Linux stops 4 KiB short of that.)
 */
const PIECE = 2 ** 26;

/** Bytes of a range that is worth two reads at a time. */
const LONG = 2 ** 24;

/**
 * As {@link readFully}, with the two halves of a long range at once: touching new memory takes the system
 * as long as copying into it, and two of Node's threads do it in half the time.
 */
async function readInHalves(
  handle: FileHandle,
  into: Uint8Array,
  position: number,
  signal?: AbortSignal,
): Promise<number> {
  if (into.length < LONG) return readFully(handle, into, position, signal);
  const half = Math.ceil(into.length / 2);
  const halves = [
    readFully(handle, into.subarray(0, half), position, signal),
    readFully(handle, into.subarray(half), position + half, signal),
  ];
  await Promise.allSettled(halves); // if one half fails, the other must not write on into `into`
  const [first, second] = await Promise.all(halves);
  return first + second;
}

/**
 * Fills `into` from `position`, in as many reads as it takes: a single read may return fewer bytes than were
 * asked for, without the file being at its end.
 * @returns the number of bytes read: fewer only where the file ends.
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
