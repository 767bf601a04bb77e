/**
 * Models from Hugging Face, by name: downloaded once into the cache that Python's huggingface_hub uses, and
 * found there afterwards, whoever put them there.
 * @module
 */

import { join } from "node:path";
import { brief } from "../brief.ts";
import { ArgumentError, FormatError, GemmaError, SourceError } from "../errors.ts";
import type { Progress } from "../progress.ts";
import type { HttpOptions } from "../source/http/request.ts";
import { download } from "./download.ts";
import { asking, type Hub, type HubCommit, listFiles, repositoryOf } from "./hub-api.ts";
import {
  type CachedRepository,
  cachedRepository,
  cacheFolder,
  type Environment,
  sizeOf,
  storedToken,
} from "./hub-cache.ts";
import { wantedFiles } from "./hub-files.ts";
import {
  HUGGING_FACE,
  type HubReference,
  isPath,
  parseHubReference,
  resolved,
} from "./hub-reference.ts";

const op = "downloadFromHub";

/** Options of {@link downloadFromHub}. What is absent comes from the environment, as for Python. */
export interface HubOptions extends HttpOptions {
  /** Default: $HF_TOKEN, or what is in $HF_TOKEN_PATH or $HF_HOME/token. Only ever sent to the endpoint. */
  readonly token?: string;
  /** Default: $HF_ENDPOINT, or https://huggingface.co. */
  readonly endpoint?: string;
  /** Default: $HF_HUB_CACHE, $HF_HOME/hub or ~/.cache/huggingface/hub. */
  readonly cacheDir?: string;
  readonly signal?: AbortSignal;
  /** Hears of all files together; what is in the cache counts as loaded. */
  readonly onProgress?: (progress: Progress) => void;
  /** Default: `process.env`. */
  readonly env?: Environment;
}

/**
 * Downloads a model, or what is missing of it. Each file is checked against its hash before it gets its
 * name; a download that was interrupted goes on where it stopped. Without a network, or with
 * $HF_HUB_OFFLINE set, a model that is complete in the cache is taken from there.
 *
 *     const folder = await downloadFromHub("hf:google/gemma-2b-it", { onProgress: console.log });
 *     const gemma = await Gemma.load(folder);
 *
 * @param reference `hf:OWNER/NAME`, with `@REVISION`, `/FILE.gguf` or both after it.
 * @returns the path of the folder with its files; or of the file, if it was named, or is all there is.
 * @throws {ArgumentError} if there is no such model, a licence has to be accepted first, the token is
 * wrong, one of several files has to be named, or the disk is full.
 * @throws {FormatError} if a file is not what the hub says it is.
 * @throws {SourceError} if the hub cannot be reached, or keeps failing.
 * @throws the signal's reason.
 */
export async function downloadFromHub(
  reference: string,
  options: HubOptions = {},
): Promise<string> {
  const parsed = parseHubReference(reference);
  options.signal?.throwIfAborted();
  const cached = cachedIn(parsed, options);
  const complete = await findComplete(parsed, cached);
  if (complete === undefined) assertOnline(parsed, options);
  else if (isOffline(options)) return complete;
  const hub = await hubOf(options);
  let listed: HubCommit;
  try {
    // Who has it need not wait long for a network that is not there.
    listed = await listFiles(parsed, complete === undefined ? hub : { ...hub, retries: 0 });
  } catch (error) {
    // As Python does, also where the hub refuses: what was downloaded once stays usable.
    if (complete === undefined) throw withWayOut(parsed, error);
    if (!(error instanceof GemmaError)) throw error;
    return complete;
  }
  const files = chosenFiles(parsed, listed);
  await fetchFiles(files, parsed, listed.commit, cached, hub, options.onProgress);
  await cached.remember(parsed.revision, listed.commit);
  return pathOf(
    parsed,
    cached,
    listed.commit,
    files.map(({ name }) => name),
  );
}

/** Where there is no network, a model may have come by other ways. */
function withWayOut(reference: HubReference, error: unknown): unknown {
  if (!(error instanceof SourceError)) return error;
  const hint = "check the connection; or give the folder of a download, or a mirror as HF_ENDPOINT";
  const { expected, got } = error;
  const details = { op, file: repositoryOf(reference), expected, got, hint };
  return new SourceError(details, { cause: error });
}

/** Where a model lies that is whole in the cache; undefined if it is not. Nobody is asked. */
export async function findInCache(
  reference: string,
  options: HubOptions = {},
): Promise<string | undefined> {
  const parsed = parseHubReference(reference);
  return findComplete(parsed, cachedIn(parsed, options));
}

/** @throws {ArgumentError} if the environment forbids to ask the hub. */
export function assertOnline(reference: HubReference, options: HubOptions): void {
  if (!isOffline(options)) return;
  throw new ArgumentError({
    op,
    file: repositoryOf(reference),
    expected: "the whole model in the cache, as HF_HUB_OFFLINE is set",
    got: "not all of it",
    hint: "unset HF_HUB_OFFLINE to download it",
  });
}

function isOffline({ env = process.env }: HubOptions): boolean {
  return /^(1|on|yes|true)$/i.test(env.HF_HUB_OFFLINE ?? "");
}

/** The hub that is meant, and how it is asked. */
export async function hubOf(options: HubOptions): Promise<Hub> {
  const { env = process.env, cacheDir: _, onProgress: __, ...rest } = options;
  const token = options.token ?? (await storedToken(env));
  const endpoint = options.endpoint ?? (env.HF_ENDPOINT || HUGGING_FACE);
  return { ...rest, endpoint: endpoint.replace(/\/+$/, ""), token };
}

function cachedIn({ owner, name }: HubReference, options: HubOptions): CachedRepository {
  return cachedRepository(options.cacheDir ?? cacheFolder(options.env ?? process.env), owner, name);
}

/** The path of a model that is whole in the cache, if it is. */
async function findComplete(
  reference: HubReference,
  cached: CachedRepository,
): Promise<string | undefined> {
  const commit = await cached.commitOf(reference.revision);
  if (commit === undefined) return undefined;
  const { file } = reference;
  if (file !== undefined) {
    const path = join(cached.snapshot(commit), file);
    return (await sizeOf(path)) === undefined ? undefined : path;
  }
  try {
    const names = wantedFiles(await cached.list(commit), repositoryOf(reference));
    return pathOf(reference, cached, commit, names);
  } catch {
    return undefined; // weights are missing
  }
}

function pathOf(
  { file }: HubReference,
  cached: CachedRepository,
  commit: string,
  names: readonly string[],
): string {
  const folder = cached.snapshot(commit);
  // A folder with a GGUF file may have others in it, from other days.
  const only = file ?? (names.length === 1 && /\.gguf$/i.test(names[0]) ? names[0] : undefined);
  return only === undefined ? folder : join(folder, only);
}

function chosenFiles(reference: HubReference, { files }: HubCommit): HubCommit["files"] {
  const repository = repositoryOf(reference);
  const names = files.map(({ name }) => name);
  const wanted = reference.file === undefined ? wantedFiles(names, repository) : [reference.file];
  return wanted.map((name) => {
    const found = files.find((file) => file.name === name);
    const file = repository;
    if (!found) {
      const similar = names.filter(
        (other) => /\.[^.]+$/.exec(other)?.[0] === /\.[^.]+$/.exec(name)?.[0],
      );
      const got = similar.length > 0 ? similar.join(", ") : "no such file";
      throw new ArgumentError({ op, file, expected: `a file ${name}`, got });
    }
    if (isPath(name)) return found;
    // It would be written outside of the cache.
    const expected = "names of files in the repository";
    throw new FormatError({ op, file, expected, got: brief(name) });
  });
}

async function fetchFiles(
  files: HubCommit["files"],
  reference: HubReference,
  commit: string,
  cached: CachedRepository,
  hub: Hub,
  onProgress: HubOptions["onProgress"],
): Promise<void> {
  const options = asking(reference, hub);
  const total = files.reduce((sum, { size }) => sum + size, 0);
  let before = 0;
  for (const file of files) {
    const { name, size, etag } = file;
    hub.signal?.throwIfAborted();
    const onBytes = (loaded: number) =>
      onProgress?.({ phase: "download", file: name, loaded: before + loaded, total });
    if ((await sizeOf(join(cached.snapshot(commit), name))) === size) onBytes(size);
    else {
      const url = resolved(hub.endpoint, { ...reference, file: name }, commit);
      const wanted = { url, size, hash: etag, path: cached.blob(etag), lock: cached.lock(etag) };
      const isNew = await download(wanted, options, onBytes);
      await cached.link(file, commit, isNew);
    }
    before += size;
  }
}
