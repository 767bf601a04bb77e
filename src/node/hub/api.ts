/**
 * Hugging Face's API: https://huggingface.co/docs/hub/api. Its answer to
 * `GET /api/models/OWNER/NAME/revision/REVISION?blobs=true` has the commit and all files with their sizes
 * and hashes, so that everything is known before the first byte of a file is fetched.
 * @module
 */
import { brief } from "../../brief.ts";
import { type GemmaError, type Refusals, refusals } from "../../errors.ts";
import { MAX_TEXT } from "../../source/byte-source.ts";
import { fetchBytes } from "../../source/http/fetch.ts";
import { type HttpOptions, publicUrl, type RequestOptions } from "../../source/http/request.ts";
import { isObject, parseJsonObject } from "../../source/json.ts";
import { HUGGING_FACE, type HubReference, repositoryOf, resolveUrl } from "./reference.ts";

const op = "downloadFromHub";

/** A hub, and the options of requests to it. */
export interface Hub extends HttpOptions {
  /** Without a slash at its end: `https://huggingface.co`. */
  readonly endpoint: string;
  readonly token?: string;
  readonly signal?: AbortSignal;
  /** As in {@link RequestOptions}. */
  readonly unreachableHint?: string;
}

/** A file of a repository. */
export interface HubFile {
  /** Its path, with slashes. */
  readonly name: string;
  readonly size: number;
  /**
   * Its name in a cache: if it is large and so in LFS, the SHA-256 of its bytes, or else the SHA-1 that git
   * gives it; in hexadecimal.
   */
  readonly etag: string;
}

/** A repository at one commit. */
export interface HubCommit {
  readonly commit: string;
  readonly files: readonly HubFile[];
}

const ANSWER = "an answer as of https://huggingface.co/docs/hub/api";
const NO_HUB = "the endpoint may not be a Hugging Face hub: check HF_ENDPOINT";

/** The largest listing in bytes: some 100,000 files. */
const MAX_LISTING = 50_000_000;

/**
 * The commit that a revision is, and its files.
 * @throws {SourceError} if there is no such revision, the token gives no access to it, or the hub cannot be
 * reached or keeps failing.
 * @throws {FormatError} if the answer makes no sense.
 */
export async function listFiles(reference: HubReference, hub: Hub): Promise<HubCommit> {
  const { owner, name, revision } = reference;
  const path = `api/models/${owner}/${name}/revision/${encodeURIComponent(revision)}?blobs=true`;
  const url = `${hub.endpoint}/${path}`;
  const bytes = await fetchBytes(url, MAX_LISTING, requestOptions(reference, hub));
  const repository = repositoryOf(reference);
  const { sha, siblings } = parseJsonObject(bytes, op, repository);
  const refuse = refusals(op, repository, { format: NO_HUB });
  if (typeof sha !== "string" || !/^[0-9a-f]{40}$/.test(sha)) {
    throw refuse.format("sha", ANSWER, brief(sha));
  }
  if (!Array.isArray(siblings)) throw refuse.format("siblings", ANSWER, brief(siblings));
  return { commit: sha, files: siblings.map((sibling) => fileOf(sibling, refuse)) };
}

/** Reads small files of a repository at one commit, by their paths. */
export function readerOf(
  reference: HubReference,
  { commit }: HubCommit,
  hub: Hub,
): (path: string) => Promise<Uint8Array> {
  return (file) => {
    const url = resolveUrl(hub.endpoint, { ...reference, file }, commit);
    return fetchBytes(url, MAX_TEXT, requestOptions(reference, hub));
  };
}

/**
 * Options of a request to the hub: with the token, which fetch does not send on where a file is redirected
 * to another host, and with refusals that give the next step.
 */
export function requestOptions(reference: HubReference, hub: Hub): RequestOptions {
  const { token, headers } = hub;
  return {
    ...hub,
    headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }), ...headers },
    refusal: (status, answered) => refusalOf(reference, hub, status, answered),
  };
}

/** Python tells a wrong token by these words, too: huggingface_hub, utils/_http.py. */
const WRONG_TOKEN = /invalid (credentials|username or password)/i;

/** The hub answers alike for private and for missing repositories, so as not to reveal which exist. */
function refusalOf(
  reference: HubReference,
  { endpoint, token }: Hub,
  status: number,
  headers: Headers,
): GemmaError | undefined {
  const page = publicUrl(`${endpoint}/${reference.owner}/${reference.name}`);
  const setToken = token === undefined ? "set HF_TOKEN" : "check the token and its permissions";
  const code = headers.get("x-error-code");
  const said = headers.get("x-error-message");
  const answer = said ? `${status}: ${brief(said)}` : `${status}`;
  const refuse = (expected: string, got: string, hint: string) =>
    refusals(op, repositoryOf(reference)).source(undefined, expected, `${got} (${answer})`, hint);
  switch (code) {
    case "GatedRepo": {
      const hint = `accept the licence at ${page}, then ${setToken}`;
      return refuse("access to the model", "a licence that has to be accepted", hint);
    }
    case "RevisionNotFound":
      return refuse("a branch, tag or commit", `no ${reference.revision}`, `see ${page}/branches`);
    case "EntryNotFound":
      return refuse("a file of the repository", "no such file", `see ${page}`);
  }
  if (![401, 403, 404].includes(status)) return undefined;
  if (token !== undefined && status === 401 && WRONG_TOKEN.test(said ?? "")) {
    // It is sent with each request, so not even a public model can be had with it.
    const hint = `set HF_TOKEN to one from ${publicUrl(`${endpoint}/settings/tokens`)}; a public model needs none`;
    return refuse("a token that the hub accepts", "one that it refuses", hint);
  }
  if (status === 404 && code === null && endpoint !== HUGGING_FACE) {
    return refuse("a repository", "no such page", NO_HUB);
  }
  const hint = `check the name at ${page}; if it is private or gated, ${setToken}`;
  return refuse("a repository", "no such repository, or no access to it", hint);
}

function fileOf(sibling: unknown, refuse: Refusals): HubFile {
  const { rfilename: name, size, blobId, lfs } = isObject(sibling) ? sibling : {};
  const isLarge = isObject(lfs);
  const etag = isLarge ? lfs.sha256 : blobId;
  const bytes = isLarge ? lfs.size : size;
  if (typeof name !== "string") throw refuse.format("rfilename", ANSWER, brief(name));
  if (typeof etag !== "string" || !(isLarge ? /^[0-9a-f]{64}$/ : /^[0-9a-f]{40}$/).test(etag)) {
    throw refuse.format(`hash of ${name}`, ANSWER, brief(etag));
  }
  if (typeof bytes !== "number" || !Number.isSafeInteger(bytes) || bytes < 0) {
    throw refuse.format(`size of ${name}`, ANSWER, brief(bytes));
  }
  return { name, size: bytes, etag };
}
