/**
 * Downloads one file from a server onto the disk: continues where an earlier attempt stopped, checks the
 * bytes, and only then gives the file its name.
 * @module
 */
import { createHash, type Hash } from "node:crypto";
import { constants, type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { refusals } from "../../errors.ts";
import { readRemote } from "../../source/http/range.ts";
import { publicUrl, type RequestOptions } from "../../source/http/request.ts";
import { withLock } from "../file-lock.ts";
import { fileSize } from "../file-size.ts";
import { errorCode, systemError } from "../system-error.ts";

/** A file to download, and its size and hash. */
export interface Download {
  readonly url: string;
  readonly size: number;
  /** SHA-256 of its bytes, or the SHA-1 that git gives them; in hexadecimal. */
  readonly hash: string;
  /** Where it is written. */
  readonly path: string;
  /** Path of the lock file. */
  readonly lock: string;
}

/**
 * Downloads a file, unless it is there. If two processes do so at the same time, one waits for the other, and
 * then finds it there. An incomplete file stays in `<path>.gemma-reference.incomplete`: not in Python's
 * `<path>.incomplete`, into which a running Python may write.
 *
 * @param onBytes is told how much of it is there.
 * @returns whether it had to be fetched.
 * @throws {FormatError} if the bytes do not have that hash.
 * @throws {SourceError} if the server refuses or keeps failing, or the disk does, as when it is full.
 * @throws the signal's reason.
 */
export async function downloadFile(
  file: Download,
  options: RequestOptions,
  onBytes: (loaded: number) => void = () => {},
): Promise<boolean> {
  const { path, size, lock } = file;
  const isNew = await onDisk(path, options.signal, async () => {
    await mkdir(dirname(path), { recursive: true });
    return withLock(lock, options.signal, async () => {
      if ((await fileSize(path)) === size) return false;
      const partial = `${path}.gemma-reference.incomplete`;
      await fill(file, partial, options, onBytes);
      await rename(partial, path);
      return true;
    });
  });
  onBytes(size);
  return isNew;
}

async function fill(
  file: Download,
  partial: string,
  options: RequestOptions,
  onBytes: (loaded: number) => void,
): Promise<void> {
  const { url, size, hash: expected } = file;
  const handle = await open(partial, constants.O_RDWR | constants.O_CREAT, 0o666);
  let actual: string;
  try {
    const hash = hashFor(expected, size);
    let at = await hashStart(handle, size, hash, options.signal);
    const remote = { url, size, acceptsRanges: true };
    onBytes(at);
    for await (const bytes of readRemote(remote, at, size, options)) {
      await writeFully(handle, bytes, at);
      hash.update(bytes);
      at += bytes.length;
      onBytes(at);
    }
    await handle.sync(); // or a power cut might leave its name and not its bytes
    actual = hash.digest("hex");
  } finally {
    await handle.close();
  }
  if (actual === expected) return;
  await rm(partial);
  const hint = "the download was damaged on its way: start it again";
  throw refusals("download", publicUrl(url)).format("hash", expected, actual, hint);
}

/** Git puts the size in front of a file's bytes: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects. */
function hashFor(expected: string, size: number): Hash {
  const isGit = expected.length === 40;
  return isGit ? createHash("sha1").update(`blob ${size}\0`) : createHash("sha256");
}

/** Hashes the bytes that came earlier. @returns how many they are. */
async function hashStart(
  handle: FileHandle,
  size: number,
  hash: Hash,
  signal: AbortSignal | undefined,
): Promise<number> {
  const there = (await handle.stat()).size;
  if (there > size) await handle.truncate(0);
  if (there > size) return 0;
  const buffer = new Uint8Array(2 ** 20);
  let at = 0;
  while (at < there) {
    signal?.throwIfAborted();
    const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, there - at), at);
    if (bytesRead === 0) break;
    hash.update(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
  return at;
}

/** A single write may take fewer bytes than it was given, as when the disk gets full. */
async function writeFully(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const rest = bytes.length - done;
    done += (await handle.write(bytes, done, rest, position + done)).bytesWritten;
  }
}

/** The result of `work`; errors of the file system become errors of this library. */
async function onDisk<T>(
  path: string,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    signal?.throwIfAborted(); // after an abort, its reason is the error, whatever else went wrong
    const code = errorCode(error);
    if (code === undefined) throw error;
    const refuse = refusals("download", path);
    if (code !== "ENOSPC" && code !== "EDQUOT") throw systemError(refuse, "to write it", error);
    const hint = "free some space and start again: it goes on where it stopped";
    throw refuse.source(undefined, "room on the disk", `a full disk (${code})`, hint, error);
  }
}
