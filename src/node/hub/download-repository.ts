/**
 * Models from Hugging Face, by name: downloaded once into the cache of Python's huggingface_hub, and found
 * there afterwards, whichever tool put them there.
 * @module
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { brief } from "../../brief.ts";
import { ArgumentError, GemmaError, refusals, UnsupportedError } from "../../errors.ts";
import { assertOptions } from "../../options.ts";
import { assertSmall, MAX_TEXT, type Sized } from "../../source/byte-source.ts";
import type { Folder } from "../../source/folder.ts";
import type { RequestOptions } from "../../source/http/request.ts";
import { sourceAt } from "../../source/http/source.ts";
import { fileSize } from "../file-size.ts";
import { fileSource } from "../file-source.ts";
import { openFolder } from "../folder.ts";
import {
  type Hub,
  type HubCommit,
  type HubFile,
  listFiles,
  readerOf,
  requestOptions,
} from "./api.ts";
import { type CachedRepository, cachedRepository } from "./cache.ts";
import { downloadFile } from "./download-file.ts";
import { cacheFolder } from "./environment.ts";
import {
  type Choice,
  CONFIG,
  chosenFiles,
  isWeights,
  noConfig,
  noWeights,
  type ReadFile,
  wayOutOf,
} from "./files.ts";
import { HUB_NAMES, type HubOptions, hubOf, isOffline, offline } from "./options.ts";
import {
  type HubReference,
  isSafePath,
  parseHubReference,
  repositoryOf,
  resolveUrl,
  revisionOf,
} from "./reference.ts";

const op = "downloadFromHub";

/**
 * Judges a model before gigabytes of it are downloaded, by what little can be had at once. What opens models does:
 * see download-from-hub.ts, which is above.
 */
export interface Judge {
  /** What a folder without weights is, and the way out, if the names in it say so. */
  wayOut(names: readonly string[]): string | undefined;
  /** @throws if the config in the folder is not that of a model that can be opened. */
  config(folder: Folder, signal: AbortSignal | undefined): Promise<void>;
  /** @throws if the folder, whose weights are still where they are, says that it cannot be opened. */
  folder(folder: Folder, signal: AbortSignal | undefined): Promise<void>;
  /** @throws if the header of the one file says that it cannot be opened. */
  file(url: string, options: RequestOptions & Sized): Promise<void>;
}

/** As `downloadFromHub`, with `judge` to say what is not worth it. */
export async function downloadRepository(
  reference: string,
  options: HubOptions,
  judge: Judge,
): Promise<string> {
  assertOptions(op, options, HUB_NAMES);
  const parsed = parseHubReference(reference);
  options.signal?.throwIfAborted();
  const cached = cachedIn(parsed, options);
  if (isOffline(options)) return takeCached(parsed, cached, options, judge);
  const complete = await findComplete(parsed, cached);
  let hub: Hub;
  let listed: HubCommit;
  try {
    hub = await hubOf(options);
    // A model that is in the cache need not wait long for a network that is not there.
    listed = await listFiles(parsed, complete === undefined ? hub : { ...hub, retries: 0 });
  } catch (error) {
    // As Python does, also where the hub refuses, or token or proxy are none: a model that was downloaded once stays
    // usable.
    if (complete === undefined || !(error instanceof GemmaError)) throw error;
    return complete;
  }
  const repository: Repository = { reference: parsed, listed, cached, hub, judge };
  const choice = await choose(repository, options.onProgress);
  await fetchFiles(choice, repository, options.onProgress);
  await cached.remember(parsed.revision, listed.commit);
  return join(cached.snapshot(listed.commit), choice.path);
}

/** The path of a model that is whole in the cache, or undefined. Nothing is requested. */
export async function findInCache(
  reference: string,
  options: HubOptions = {},
): Promise<string | undefined> {
  const parsed = parseHubReference(reference);
  return findComplete(parsed, cachedIn(parsed, options));
}

function cachedIn({ owner, name }: HubReference, options: HubOptions): CachedRepository {
  return cachedRepository(options.cacheDir ?? cacheFolder(options.env ?? process.env), owner, name);
}

async function findComplete(
  reference: HubReference,
  cached: CachedRepository,
): Promise<string | undefined> {
  const commit = await cached.commitOf(reference.revision);
  if (commit === undefined) return undefined;
  try {
    const { path, files } = await chosenInCache(reference, cached, commit);
    return files.length > 0 ? join(cached.snapshot(commit), path) : undefined;
  } catch (error) {
    if (!(error instanceof GemmaError)) throw error;
    return undefined; // weights are missing
  }
}

async function chosenInCache(
  reference: HubReference,
  cached: CachedRepository,
  commit: string,
): Promise<Choice> {
  const read: ReadFile = (path) => readFile(join(cached.snapshot(commit), path));
  return chosenFiles(reference, await cached.list(commit), read);
}

/**
 * The path of a model in the cache, where nothing else may be asked.
 * @throws {SourceError} if it is not whole. What no download would change is refused as online.
 */
async function takeCached(
  reference: HubReference,
  cached: CachedRepository,
  options: HubOptions,
  judge: Judge,
): Promise<string> {
  const complete = await findComplete(reference, cached);
  if (complete !== undefined) return complete;
  const commit = await cached.commitOf(reference.revision);
  const names = commit === undefined ? [] : await cached.list(commit);
  if (commit !== undefined) {
    const choice = await chosenInCache(reference, cached, commit).catch((error) => {
      if (error instanceof ArgumentError || error instanceof UnsupportedError) throw error;
      return undefined; // weights are missing
    });
    const start = choice?.path && `${choice.path}/`;
    const hint = choice && wayOutOf(names, start ?? "", revisionOf(reference), judge.wayOut);
    if (hint !== undefined) throw noWeights(names, revisionOf(reference), hint);
  }
  throw offline(reference, options, names.length > 0 ? "a part of it" : "nothing of it");
}

/** A repository that has been listed. */
interface Repository {
  readonly reference: HubReference;
  readonly listed: HubCommit;
  readonly cached: CachedRepository;
  readonly hub: Hub;
  readonly judge: Judge;
}

/** @throws {FormatError} if there are no weights, or a better error where the config says why. */
async function choose(
  repository: Repository,
  onProgress: HubOptions["onProgress"],
): Promise<Choice> {
  const { reference, listed, cached, hub, judge } = repository;
  const names = listed.files.map(({ name }) => name);
  const fetch = readerOf(reference, listed, hub);
  const choice = await chosenFiles(reference, names, async (name) => {
    const there = join(cached.snapshot(listed.commit), name);
    const size = listed.files.find((file) => file.name === name)?.size;
    return (await fileSize(there)) === size ? readFile(there) : fetch(name);
  });
  const start = choice.path && `${choice.path}/`;
  const isNamed = names.includes(choice.path);
  const needsConfig = choice.files.some((name) => name.endsWith(".safetensors"));
  if (needsConfig && !isNamed && !choice.files.includes(start + CONFIG)) {
    throw noConfig(choice.files, revisionOf(reference));
  }
  if (choice.files.length > 0) return choice;
  const hint = wayOutOf(names, start, revisionOf(reference), judge.wayOut);
  // Weights under names of their own are mostly quantised ones. Keras has another file of this name.
  if (hint === undefined && names.includes(start + CONFIG)) {
    await fetchFiles({ ...choice, files: [start + CONFIG] }, repository, onProgress);
  }
  throw noWeights(names, revisionOf(reference), hint);
}

/** Fetches what is missing, and judges what is there on the way: a config before all else, all before the weights. */
async function fetchFiles(
  { path, files: names }: Choice,
  repository: Repository,
  onProgress: HubOptions["onProgress"],
): Promise<void> {
  const { reference, listed, cached, hub, judge } = repository;
  const { commit } = listed;
  const options = requestOptions(reference, hub);
  const snapshot = cached.snapshot(commit);
  const files = names.map((name) => {
    if (isSafePath(name)) return listed.files.find((file) => file.name === name) as HubFile;
    // It would be written outside of the cache.
    const refuse = refusals(op, repositoryOf(reference));
    throw refuse.format(undefined, "names of files in the repository", brief(name));
  });
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const folder = folderOf(path, files, repository);
  let before = 0;
  let isJudged = files.length === 1;
  for (const file of files) {
    const { name, size, etag } = file;
    hub.signal?.throwIfAborted();
    const isConfig = name === (path && `${path}/`) + CONFIG;
    if (isConfig) assertSmall(op, file, MAX_TEXT);
    const onBytes = (loaded: number) =>
      onProgress?.({ phase: "download", file: name, loaded: before + loaded, total });
    if ((await fileSize(join(snapshot, name))) === size) onBytes(size);
    else {
      const url = resolveUrl(hub.endpoint, { ...reference, file: name }, commit);
      const named = `${repositoryOf(reference)}/${name}`;
      if (files.length === 1 && !isConfig) await judge.file(url, { ...options, name: named, size });
      if (!isJudged && isWeights(name)) await judge.folder(folder, hub.signal);
      isJudged ||= isWeights(name);
      const wanted = { url, size, hash: etag, path: cached.blob(etag), lock: cached.lock(etag) };
      const isNew = await downloadFile(wanted, options, onBytes);
      await cached.link(file, commit, isNew);
    }
    if (isConfig) await judge.config(openFolder(join(snapshot, path)), hub.signal);
    before += size;
  }
}

/** The files of a model, those that are not in the cache yet where they are. */
function folderOf(
  path: string,
  files: readonly HubFile[],
  { reference, listed: { commit }, cached, hub }: Repository,
): Folder {
  // The path of a model in parts is that of one of them.
  const isPart = files.some(({ name }) => name === path);
  const inside = isPart ? path.slice(0, Math.max(0, path.lastIndexOf("/"))) : path;
  const start = inside && `${inside}/`;
  return {
    name: repositoryOf(reference) + (inside && `/${inside}`),
    async open(name) {
      const file = files.find((other) => other.name === start + name);
      if (!file) return undefined;
      const there = join(cached.snapshot(commit), file.name);
      if ((await fileSize(there)) === file.size) return fileSource(there);
      const url = resolveUrl(hub.endpoint, { ...reference, file: file.name }, commit);
      const { size } = file;
      return sourceAt(url, { ...requestOptions(reference, hub), name, size });
    },
    list: async () => files.map(({ name }) => name.slice(start.length)).sort(),
  };
}
