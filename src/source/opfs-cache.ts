/**
 * Files kept in a browser from one visit to the next, in its private file system (OPFS,
 * https://fs.spec.whatwg.org): a checkpoint of 5 GB is downloaded once.
 *
 * A file lies there in pieces, each of which is whole or absent, because what is written shows only when it
 * is closed. A download that was cut off goes on with the first piece that is missing.
 *
 *     gemma-reference/<SHA-256 of the URL>/about.json     its URL, size and validator
 *                                         /0, 1, 2 …      64 MiB each, the last one what is left
 *
 * Browsers may clear it when the disk is full, unless `navigator.storage.persist()` was granted. What came
 * is trusted as far as TLS and the size go: browsers hash no file of gigabytes.
 * @module
 */
import { ArgumentError, FormatError, GemmaError, UnsupportedError } from "../errors.ts";
import { type ByteSource, blobSource } from "./byte-source.ts";
import { type RemoteFile, readRemote } from "./http/range.ts";
import { publicUrl, type RequestOptions } from "./http/request.ts";

/** A file in the cache, whole or in part. */
export interface CachedFile {
  /** Without its query, which is often a signature that is another next time. */
  readonly url: string;
  readonly size: number;
  /** Bytes of it that are there. */
  readonly loaded: number;
}

export interface CacheDownloadOptions extends RequestOptions {
  /** Told of bytes that are there already, and of those that come. */
  readonly onBytes?: (count: number) => void;
}

/** The browser's cache of files. See checkpoint/cached.ts for whole checkpoints. */
export interface FileCache {
  /** What is there, in the order of URLs. */
  list(): Promise<CachedFile[]>;
  /** Removes the file at `url`; where that ends with a slash, all files under it. */
  remove(url: string): Promise<void>;
  /** The file at `url`, if all of it is there. */
  open(url: string): Promise<ByteSource | undefined>;
  /**
   * Fetches what is missing of a file. Two pages that want the same do it one after the other.
   * @throws {ArgumentError} if there is not enough room.
   * @throws as {@link readRemote}, with what has come kept for the next time.
   */
  download(file: RemoteFile, options?: CacheDownloadOptions): Promise<void>;
}

export interface CacheOptions {
  /** Name of its folder, for an application with several. Default "gemma-reference". */
  readonly folder?: string;
  /** Bytes of a piece. Default 64 MiB. */
  readonly pieceSize?: number;
}

/** What is known of a file, as JSON beside its pieces. */
interface About {
  readonly url: string;
  readonly size: number;
  readonly pieceSize: number;
  readonly validator?: string;
}

const ABOUT = "about.json";
const op = "opfsCache";

/**
 * The cache of this site.
 * @throws {UnsupportedError} if the browser has none: it needs a page that came by https, or from localhost.
 */
export async function opfsCache({
  folder = "gemma-reference",
  pieceSize = 2 ** 26,
}: CacheOptions = {}): Promise<FileCache> {
  const home = await openHome(folder);
  const entryOf = async (url: string) => {
    const bytes = new TextEncoder().encode(publicUrl(url));
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
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
      guarded(folder, async () => {
        const files: CachedFile[] = [];
        for (const [, entry, about] of await entries()) {
          const pieces = await readPieces(entry, about);
          const loaded = pieces.reduce((sum, piece) => sum + (piece?.size ?? 0), 0);
          files.push({ url: about.url, size: about.size, loaded });
        }
        return files.sort((a, b) => (a.url < b.url ? -1 : 1));
      }),

    remove: (url) =>
      guarded(publicUrl(url), async () => {
        const wanted = publicUrl(url);
        for (const [name, , about] of await entries()) {
          const isWanted = wanted.endsWith("/")
            ? about.url.startsWith(wanted)
            : about.url === wanted;
          if (isWanted) await home.removeEntry(name, { recursive: true });
        }
      }),

    open: (url) =>
      guarded(publicUrl(url), async () => {
        const entry = await directoryIn(home, await entryOf(url));
        const about = entry && (await readAbout(entry));
        if (!about) return undefined;
        const pieces = await readPieces(entry, about);
        // A Blob of files holds references to them, and no bytes.
        return pieces.every((piece) => piece !== undefined)
          ? blobSource(new Blob(pieces), about.url)
          : undefined;
      }),

    async download(file, options = {}) {
      const url = publicUrl(file.url);
      const { signal, onBytes } = options;
      const { size, validator } = file;
      const about: About = { url, size, pieceSize, validator };
      await locked(url, signal, () =>
        guarded(url, async () => {
          const entry = await home.getDirectoryHandle(await entryOf(url), { create: true });
          if (!isSame(await readAbout(entry), about)) await startAnew(entry, about);
          const pieces = await readPieces(entry, about);
          const loaded = pieces.reduce((sum, piece) => sum + (piece?.size ?? 0), 0);
          await assertRoom(url, size - loaded);
          onBytes?.(loaded);
          for (const [i, piece] of pieces.entries()) {
            if (piece) continue;
            const [begin, end] = rangeOf(i, about);
            await writeFile(entry, `${i}`, readRemote(file, begin, end, options), onBytes);
          }
        }),
      );
    },
  };
}

async function openHome(folder: string): Promise<FileSystemDirectoryHandle> {
  const storage: StorageManager | undefined = globalThis.navigator?.storage;
  if (!storage || !("getDirectory" in storage) || !globalThis.crypto?.subtle) {
    const expected = "a browser with a private file system, in a page from https or localhost";
    const hint = "without it, Gemma.load reads from the server each time";
    throw new UnsupportedError({ op, expected, got: "none", hint });
  }
  return guarded(folder, async () =>
    (await storage.getDirectory()).getDirectoryHandle(folder, { create: true }),
  );
}

/** One page at a time, where the browser can tell. */
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

function rangeOf(i: number, { size, pieceSize }: About): [begin: number, end: number] {
  return [i * pieceSize, Math.min(size, (i + 1) * pieceSize)];
}

function isSame(known: About | undefined, about: About): boolean {
  return (["url", "size", "pieceSize", "validator"] as const).every(
    (key) => known?.[key] === about[key],
  );
}

/** Of another version of the file nothing is of use. */
async function startAnew(entry: FileSystemDirectoryHandle, about: About): Promise<void> {
  for await (const name of entry.keys()) await entry.removeEntry(name);
  const json = new TextEncoder().encode(JSON.stringify(about));
  await writeFile(entry, ABOUT, [json]);
}

/** Undefined where there is none, or none that was written here. */
async function readAbout(entry: FileSystemDirectoryHandle): Promise<About | undefined> {
  const file = await fileIn(entry, ABOUT);
  try {
    const { url, size, pieceSize, validator } = JSON.parse((await file?.text()) ?? "null");
    const isWhole = typeof url === "string" && size >= 0 && pieceSize > 0;
    return isWhole ? { url, size, pieceSize, validator } : undefined;
  } catch {
    return undefined; // the page was left before it was written
  }
}

/** The pieces of a file; undefined for one that is missing. */
async function readPieces(
  entry: FileSystemDirectoryHandle,
  about: About,
): Promise<(File | undefined)[]> {
  const pieces: (File | undefined)[] = [];
  for (let i = 0; i * about.pieceSize < about.size; i++) {
    const [begin, end] = rangeOf(i, about);
    const file = await fileIn(entry, `${i}`);
    pieces.push(file?.size === end - begin ? file : undefined);
  }
  return pieces;
}

async function fileIn(entry: FileSystemDirectoryHandle, name: string): Promise<File | undefined> {
  const handle = await entry.getFileHandle(name).catch(undefinedIfMissing);
  return handle?.getFile();
}

function directoryIn(
  home: FileSystemDirectoryHandle,
  name: string,
): Promise<FileSystemDirectoryHandle | undefined> {
  return home.getDirectoryHandle(name).catch(undefinedIfMissing);
}

function undefinedIfMissing(error: unknown): undefined {
  if ((error as { name?: unknown } | null)?.name !== "NotFoundError") throw error;
}

/** Written whole, or not at all. */
async function writeFile(
  entry: FileSystemDirectoryHandle,
  name: string,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  onBytes?: (count: number) => void,
): Promise<void> {
  const handle = await entry.getFileHandle(name, { create: true });
  const writable = await handle.createWritable();
  try {
    for await (const chunk of chunks) {
      await writable.write(chunk as Uint8Array<ArrayBuffer>);
      onBytes?.(chunk.length);
    }
    await writable.close();
  } catch (error) {
    await writable.abort().catch(() => {}); // what went wrong first is what counts
    throw error;
  }
}

async function assertRoom(url: string, bytes: number): Promise<void> {
  const { quota = Number.POSITIVE_INFINITY, usage = 0 } = await navigator.storage.estimate();
  if (bytes > quota - usage)
    throw full(url, `${bytes} bytes`, `${quota - usage} left to this site`);
}

function full(url: string, expected: string, got: string, cause?: unknown): ArgumentError {
  const hint = "remove other models from the cache, or make room on the disk";
  const room = `room for ${expected} in the browser's storage`;
  return new ArgumentError({ op, file: url, expected: room, got, hint }, { cause });
}

/** The browser's errors as this library's. */
async function guarded<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof GemmaError || !(cause instanceof DOMException)) throw cause;
    if (cause.name === "QuotaExceededError") throw full(file, "the file", "none left", cause);
    const expected = "the browser's storage to work";
    const hint = "in a private window, or with storage blocked, it may be switched off";
    throw new FormatError({ op, file, expected, got: cause.message, hint }, { cause });
  }
}
