/**
 * Checkpoints that are downloaded once, and from then on opened from the browser's cache, without a network.
 *
 *     const cache = await opfsCache();
 *     const url = "https://host/gemma-2b-it/";
 *     const gemma = await Gemma.load(await cachedFolder(cache, url, { onProgress }));
 *
 * @module
 */
import { GemmaError } from "../errors.ts";
import { assertOptions, type OptionNames } from "../options.ts";
import type { Progress } from "../progress.ts";
import type { ByteSource } from "../source/byte-source.ts";
import type { Folder } from "../source/folder.ts";
import { folderAt } from "../source/http/folder.ts";
import { openRemote, type RemoteFile } from "../source/http/range.ts";
import { publicUrl, REQUEST_NAMES, type RequestOptions } from "../source/http/request.ts";
import { missingFile, urlBeside } from "../source/http/source.ts";
import type { FileCache } from "../source/opfs-cache.ts";
import { openCheckpoint } from "./open.ts";

/** Options of {@link cachedFile} and {@link cachedFolder}. */
export interface CachedOptions extends RequestOptions {
  /** Told how much is there, and of how much, in the phase `"download"`. */
  readonly onProgress?: (progress: Progress) => void;
}

const NAMES: OptionNames<CachedOptions> = { ...REQUEST_NAMES, onProgress: true };

/**
 * The file at `url`, from the cache. If it is not there, it is downloaded first. A newer version on the server is
 * not looked for: call `cache.remove(url)` before.
 * @throws {SourceError} if there is no such file, it may not be read, there is no room for it, or the server
 * keeps failing. The bytes that have arrived are kept, and the next call goes on from there.
 */
export async function cachedFile(
  cache: FileCache,
  url: string,
  options: CachedOptions = {},
): Promise<ByteSource> {
  assertOptions("cachedFile", options, NAMES);
  const found = await findCachedFile(cache, url, options);
  if (found) return found;
  throw missingFile(url);
}

/** As {@link cachedFile}, or undefined if there is no such file. What lies beside it is cached when it is asked for. */
async function findCachedFile(
  cache: FileCache,
  url: string,
  options: CachedOptions,
): Promise<ByteSource | undefined> {
  let source = await cache.open(url);
  if (!source) {
    const file = await openRemote(url, options);
    if (!file) return undefined;
    await download(cache, [file], options);
    source = (await cache.open(url)) as ByteSource;
  }
  const beside: ByteSource["beside"] = (rename) =>
    findCachedFile(cache, urlBeside(url, rename), options);
  return { ...source, beside };
}

/**
 * The checkpoint in the folder at `url`, as {@link cachedFile}. To find out which of its files are needed, it is
 * opened on the server, which reads no weights.
 */
export async function cachedFolder(
  cache: FileCache,
  url: string,
  options: CachedOptions = {},
): Promise<Folder> {
  assertOptions("cachedFolder", options, NAMES);
  const remote = folderAt(url, options);
  const folder = folderIn(cache, remote.name);
  if (await isComplete(folder)) return folder;
  const names: string[] = [];
  const watched: Folder = {
    name: remote.name,
    async open(name) {
      const source = await remote.open(name);
      if (source) names.push(name);
      return source;
    },
  };
  await (await openCheckpoint(watched, { signal: options.signal })).close();
  const files = await Promise.all(names.map((name) => existing(remote.urlOf(name), options)));
  // The weights last: where they are, everything else is.
  files.sort((a, b) => a.size - b.size);
  await download(cache, files, options);
  return folder;
}

function folderIn(cache: FileCache, name: string): Folder {
  return { name, open: (file) => cache.open(name + encodeURIComponent(file)) };
}

async function isComplete(folder: Folder): Promise<boolean> {
  try {
    await (await openCheckpoint(folder)).close();
    return true;
  } catch (error) {
    if (!(error instanceof GemmaError)) throw error;
    return false;
  }
}

async function existing(url: string, options: RequestOptions): Promise<RemoteFile> {
  const file = await openRemote(url, options);
  if (file) return file;
  throw missingFile(url);
}

/** Downloads one file after another; the total is known before the first byte. */
async function download(
  cache: FileCache,
  files: readonly RemoteFile[],
  options: CachedOptions,
): Promise<void> {
  const { onProgress, ...request } = options;
  const total = files.reduce((sum, { size }) => sum + size, 0);
  let loaded = 0;
  for (const file of files) {
    await cache.download(file, {
      ...request,
      onBytes(count) {
        loaded += count;
        onProgress?.({ phase: "download", file: publicUrl(file.url), loaded, total });
      },
    });
  }
}
