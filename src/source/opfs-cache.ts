/**
 * Files kept in a browser from one visit to the next, in its private file system (OPFS,
 * https://fs.spec.whatwg.org): a checkpoint of 5 GB is downloaded once.
 *
 *     gemma-reference/<SHA-256 of the URL>/   a file in pieces of 64 MiB: opfs-entry.ts
 *
 * A download that was cut off goes on with the first piece that is missing.
 *
 * Browsers may clear it when the disk is full, unless `navigator.storage.persist()` was granted. The bytes
 * are trusted as far as TLS and the size go: browsers have no way to hash a file of gigabytes in parts.
 * @module
 */
import { GemmaError, refusals, type SourceError } from "../errors.ts";
import { assertOptions, type OptionNames } from "../options.ts";
import { type ByteSource, blobSource } from "./byte-source.ts";
import { hexOf } from "./bytes.ts";
import { type RemoteFile, readRemote } from "./http/range.ts";
import { publicUrl, REQUEST_NAMES, type RequestOptions } from "./http/request.ts";
import {
  type About,
  directoryIn,
  loadedOf,
  prepare,
  rangeOf,
  readAbout,
  readPieces,
  writePiece,
} from "./opfs-entry.ts";

/** A file in the cache, whole or in part. */
export interface CachedFile {
  /** Without its query, which is often a signature that changes each time. */
  readonly url: string;
  /** Its length in bytes. */
  readonly size: number;
  /** Number of its bytes that are in the cache. */
  readonly loaded: number;
}

/** Options of {@link FileCache.download}. */
export interface CacheDownloadOptions extends RequestOptions {
  /** Told of bytes that are there already, and of those that come. */
  readonly onBytes?: (count: number) => void;
}

const DOWNLOAD_NAMES: OptionNames<CacheDownloadOptions> = { ...REQUEST_NAMES, onBytes: true };

/** The browser's cache of files. See checkpoint/cached.ts for whole checkpoints. */
export interface FileCache {
  /** All files, whole or in part, in the order of their URLs. */
  list(): Promise<CachedFile[]>;
  /** Removes the file at `url`; if `url` ends with a slash, all files under it. */
  remove(url: string): Promise<void>;
  /** The file at `url`, if all of it is there. */
  open(url: string): Promise<ByteSource | undefined>;
  /**
   * Fetches the missing bytes of a file. Two pages that want the same file do it one after the other.
   * @throws {SourceError} if there is not enough room.
   * @throws as {@link readRemote}; the pieces that are complete are kept for the next time.
   */
  download(file: RemoteFile, options?: CacheDownloadOptions): Promise<void>;
}

/** Options of {@link opfsCache}. */
export interface CacheOptions {
  /** Name of its folder, for an application with several. Default "gemma-reference". */
  readonly folder?: string;
  /** Number of bytes of a piece. Default 64 MiB. */
  readonly pieceSize?: number;
}

const NAMES: OptionNames<CacheOptions> = { folder: true, pieceSize: true };

const op = "opfsCache";

/**
 * The cache of this site.
 * @throws {UnsupportedError} if the browser has no such storage: the page must come by https, or from localhost.
 * @throws {SourceError} if the browser's storage is switched off or fails; so do all methods.
 */
export async function opfsCache(options: CacheOptions = {}): Promise<FileCache> {
  assertOptions(op, options, NAMES);
  const { folder = "gemma-reference", pieceSize = 2 ** 26 } = options;
  const home = await openHome(folder);
  const nameOf = async (url: string) => {
    const bytes = new TextEncoder().encode(publicUrl(url));
    return hexOf(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
  };

  async function entries(): Promise<[string, FileSystemDirectoryHandle, About][]> {
    const found: [string, FileSystemDirectoryHandle, About][] = [];
    for await (const [name, handle] of home.entries()) {
      if (handle.kind !== "directory") continue;
      const about = await readAbout(handle as FileSystemDirectoryHandle);
      if (about) found.push([name, handle as FileSystemDirectoryHandle, about]);
    }
    return found;
  }

  return {
    list: () =>
      inStorage(folder, async () => {
        const files: CachedFile[] = [];
        for (const [, entry, about] of await entries()) {
          const loaded = loadedOf(await readPieces(entry, about));
          files.push({ url: about.url, size: about.size, loaded });
        }
        return files.sort((a, b) => (a.url < b.url ? -1 : 1));
      }),

    remove: (url) =>
      inStorage(publicUrl(url), async () => {
        const wanted = publicUrl(url);
        for (const [name, , about] of await entries()) {
          const isWanted = wanted.endsWith("/")
            ? about.url.startsWith(wanted)
            : about.url === wanted;
          if (isWanted) await home.removeEntry(name, { recursive: true });
        }
      }),

    open: (url) =>
      inStorage(publicUrl(url), async () => {
        const entry = await directoryIn(home, await nameOf(url));
        const about = entry && (await readAbout(entry));
        if (!about) return undefined;
        const pieces = await readPieces(entry, about);
        // A Blob of files holds references to them, and no bytes.
        return pieces.every((piece) => piece !== undefined)
          ? blobSource(new Blob(pieces), about.url)
          : undefined;
      }),

    async download(file, options = {}) {
      assertOptions("FileCache.download", options, DOWNLOAD_NAMES);
      const url = publicUrl(file.url);
      const { signal, onBytes } = options;
      const { size, validator } = file;
      const about: About = { url, size, pieceSize, validator };
      await locked(url, signal, () =>
        inStorage(url, async () => {
          const entry = await home.getDirectoryHandle(await nameOf(url), { create: true });
          await prepare(entry, about);
          const pieces = await readPieces(entry, about);
          const loaded = loadedOf(pieces);
          await assertRoom(url, size - loaded);
          onBytes?.(loaded);
          for (const [i, piece] of pieces.entries()) {
            if (piece) continue;
            const [begin, end] = rangeOf(i, about);
            await writePiece(entry, i, readRemote(file, begin, end, options), onBytes);
          }
        }),
      );
    },
  };
}

async function openHome(folder: string): Promise<FileSystemDirectoryHandle> {
  const storage: StorageManager | undefined = globalThis.navigator?.storage;
  if (!storage || !("getDirectory" in storage) || !globalThis.crypto?.subtle) {
    const hint =
      "it needs https or localhost; without it, Gemma.load reads from the server each time";
    throw refusals(op).unsupported(undefined, "a private file system", "no such file system", hint);
  }
  return inStorage(folder, async () =>
    (await storage.getDirectory()).getDirectoryHandle(folder, { create: true }),
  );
}

/** Lets one page at a time do `work`, in browsers with locks. */
async function locked(
  url: string,
  signal: AbortSignal | undefined,
  work: () => Promise<void>,
): Promise<void> {
  const { locks } = globalThis.navigator;
  if (!locks) return work();
  try {
    await locks.request(`gemma-reference ${url}`, { signal }, work);
  } finally {
    signal?.throwIfAborted(); // the lock's own error would say less
  }
}

async function assertRoom(url: string, bytes: number): Promise<void> {
  const { quota = Number.POSITIVE_INFINITY, usage = 0 } = await navigator.storage.estimate();
  const left = quota - usage;
  if (bytes > left) throw noRoom(url, `${bytes} bytes`, `${left} left to this site`);
}

function noRoom(url: string, wanted: string, got: string, cause?: unknown): SourceError {
  const expected = `room for ${wanted} in the browser's storage`;
  const hint = "remove other models from the cache, or make room on the disk";
  return refusals(op, url).source(undefined, expected, got, hint, cause);
}

/** The result of `work`; the browser's errors become errors of this library. */
async function inStorage<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof GemmaError || !(cause instanceof DOMException)) throw cause;
    if (cause.name === "QuotaExceededError") throw noRoom(file, "the file", "no room", cause);
    const hint = "in a private window, or with storage blocked, it may be switched off";
    throw refusals(op, file).source(undefined, "a working storage", cause.message, hint, cause);
  }
}
