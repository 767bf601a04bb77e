/**
 * Models from Hugging Face, by name: downloaded once into the cache of Python's huggingface_hub, and found
 * there afterwards, whichever tool put them there.
 * @module
 */
import { join } from "node:path";
import { brief } from "../../brief.ts";
import { GemmaError, refusals } from "../../errors.ts";
import { assertOptions } from "../../options.ts";
import { fileSize } from "../file-size.ts";
import { type Hub, type HubCommit, listFiles, repositoryOf, requestOptions } from "./api.ts";
import { type CachedRepository, cachedRepository, cacheFolder } from "./cache.ts";
import { downloadFile } from "./download-file.ts";
import { wantedFiles } from "./files.ts";
import { assertOnline, HUB_NAMES, type HubOptions, hubOf, isOffline } from "./options.ts";
import { type HubReference, isSafePath, parseHubReference, resolveUrl } from "./reference.ts";

/** Where there is no network, a model may come by other ways. */
const UNREACHABLE =
  "check the connection; or give the folder of a download, or a mirror as HF_ENDPOINT";

/**
 * Downloads a model, or the files of it that are missing. Each file is checked against its hash before it gets its
 * name; a download that was interrupted goes on where it stopped. Without a network, or with
 * $HF_HUB_OFFLINE set, a model that is complete in the cache is taken from there.
 *
 *     const folder = await downloadFromHub("hf:google/gemma-2b-it", { onProgress: console.log });
 *     const gemma = await Gemma.load(folder);
 *
 * @param reference `hf:OWNER/NAME`, with `@REVISION`, `/FILE.gguf` or both after it.
 * @returns the path of the folder with its files; or of the file, if it was named, or is all there is.
 * @throws {SourceError} if there is no such model, a licence has to be accepted first, the token is wrong,
 * the hub cannot be reached or keeps failing, or the disk is full.
 * @throws {FormatError} if the repository has no whole model, or a file has another hash than the hub says.
 * @throws {ArgumentError} if `reference` is not a reference, or one of several files has to be named.
 * @throws the signal's reason.
 */
export async function downloadFromHub(
  reference: string,
  options: HubOptions = {},
): Promise<string> {
  assertOptions("downloadFromHub", options, HUB_NAMES);
  const parsed = parseHubReference(reference);
  options.signal?.throwIfAborted();
  const cached = cachedIn(parsed, options);
  const complete = await findComplete(parsed, cached);
  if (complete === undefined) assertOnline(parsed, options);
  else if (isOffline(options)) return complete;
  const hub = await hubOf(options);
  let listed: HubCommit;
  try {
    // A model that is in the cache need not wait long for a network that is not there.
    const retries = complete === undefined ? hub.retries : 0;
    listed = await listFiles(parsed, { ...hub, retries, unreachableHint: UNREACHABLE });
  } catch (error) {
    // As Python does, also where the hub refuses: a model that was downloaded once stays usable.
    if (complete === undefined || !(error instanceof GemmaError)) throw error;
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
  const { file } = reference;
  if (file !== undefined) {
    const path = join(cached.snapshot(commit), file);
    return (await fileSize(path)) === undefined ? undefined : path;
  }
  try {
    const names = wantedFiles(await cached.list(commit), repositoryOf(reference));
    return pathOf(reference, cached, commit, names);
  } catch (error) {
    if (!(error instanceof GemmaError)) throw error;
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
  // The folder of a GGUF file may have other files in it, from other days.
  const only = file ?? (names.length === 1 && /\.gguf$/i.test(names[0]) ? names[0] : undefined);
  return only === undefined ? folder : join(folder, only);
}

function chosenFiles(reference: HubReference, { files }: HubCommit): HubCommit["files"] {
  const repository = repositoryOf(reference);
  const refuse = refusals("downloadFromHub", repository);
  const names = files.map(({ name }) => name);
  const wanted = reference.file === undefined ? wantedFiles(names, repository) : [reference.file];
  return wanted.map((name) => {
    const found = files.find((file) => file.name === name);
    if (!found) {
      const similar = names.filter((other) => endingOf(other) === endingOf(name)).join(", ");
      throw refuse.source(undefined, `a file ${name}`, similar || "no such file");
    }
    if (isSafePath(name)) return found;
    // It would be written outside of the cache.
    throw refuse.format(undefined, "names of files in the repository", brief(name));
  });
}

function endingOf(name: string): string | undefined {
  return /\.[^.]+$/.exec(name)?.[0];
}

async function fetchFiles(
  files: HubCommit["files"],
  reference: HubReference,
  commit: string,
  cached: CachedRepository,
  hub: Hub,
  onProgress: HubOptions["onProgress"],
): Promise<void> {
  const options = requestOptions(reference, hub);
  const total = files.reduce((sum, { size }) => sum + size, 0);
  let before = 0;
  for (const file of files) {
    const { name, size, etag } = file;
    hub.signal?.throwIfAborted();
    const onBytes = (loaded: number) =>
      onProgress?.({ phase: "download", file: name, loaded: before + loaded, total });
    if ((await fileSize(join(cached.snapshot(commit), name))) === size) onBytes(size);
    else {
      const url = resolveUrl(hub.endpoint, { ...reference, file: name }, commit);
      const wanted = { url, size, hash: etag, path: cached.blob(etag), lock: cached.lock(etag) };
      const isNew = await downloadFile(wanted, options, onBytes);
      await cached.link(file, commit, isNew);
    }
    before += size;
  }
}
