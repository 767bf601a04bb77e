/**
 * What Hugging Face's API says of a repository: https://huggingface.co/docs/hub/api. The answer to
 * `GET /api/models/OWNER/NAME/revision/REVISION?blobs=true` has the commit and all files with their sizes
 * and hashes, so that everything is known before the first byte of a file is fetched.
 * @module
 */
import { brief } from "../brief.ts";
import { ArgumentError, FormatError, type GemmaError } from "../errors.ts";
import { fetchBytes } from "../source/http/fetch.ts";
import type { HttpOptions, RequestOptions } from "../source/http/request.ts";
import { isObject, parseJsonObject } from "../source/json.ts";
import type { HubReference } from "./hub-reference.ts";

const op = "downloadFromHub";

/** How a hub is asked. */
export interface Hub extends HttpOptions {
  /** Without a slash at its end: `https://huggingface.co`. */
  readonly endpoint: string;
  readonly token?: string;
  readonly signal?: AbortSignal;
}

/** A file of a repository. */
export interface HubFile {
  /** Its path, with slashes. */
  readonly name: string;
  readonly size: number;
  /**
   * What it is called in a cache: the SHA-256 of its bytes in hexadecimal if it is large, which is what LFS
   * stores, or else the SHA-1 that git gives it.
   */
  readonly etag: string;
}

/** A repository at one commit. */
export interface HubCommit {
  readonly commit: string;
  readonly files: readonly HubFile[];
}

/** Largest listing that is read: some 100,000 files. */
const MAX_LISTING = 50_000_000;

/**
 * The commit that a revision is, and its files.
 * @throws {ArgumentError} if there is none such, or the token does not let one see it.
 * @throws {FormatError} if the answer makes no sense.
 * @throws {SourceError} if the hub cannot be reached, or keeps failing.
 */
export async function listFiles(reference: HubReference, hub: Hub): Promise<HubCommit> {
  const { owner, name, revision } = reference;
  const path = `api/models/${owner}/${name}/revision/${encodeURIComponent(revision)}?blobs=true`;
  const bytes = await fetchBytes(`${hub.endpoint}/${path}`, MAX_LISTING, asking(reference, hub));
  const { sha, siblings } = parseJsonObject(bytes, op, repositoryOf(reference));
  if (typeof sha !== "string" || !/^[0-9a-f]{40}$/.test(sha)) throw nonsense(reference, "sha", sha);
  if (!Array.isArray(siblings)) throw nonsense(reference, "siblings", siblings);
  return { commit: sha, files: siblings.map((sibling) => fileOf(reference, sibling)) };
}

/**
 * How requests to the hub are made: with the token, which fetch does not send on where a file is
 * redirected to another host, and with refusals that say what to do.
 */
export function asking(reference: HubReference, hub: Hub): RequestOptions {
  const { token, headers } = hub;
  return {
    ...hub,
    headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }), ...headers },
    refusal: (status, answered) => refusalOf(reference, hub, status, answered),
  };
}

/** As in messages: `hf:google/gemma-2b`. */
export function repositoryOf({ owner, name }: HubReference): string {
  return `hf:${owner}/${name}`;
}

/** Both refusals and what there is not to be found look alike from outside, so that nothing is given away. */
function refusalOf(
  reference: HubReference,
  { endpoint, token }: Hub,
  status: number,
  headers: Headers,
): GemmaError | undefined {
  const code = headers.get("x-error-code");
  const page = `${endpoint}/${reference.owner}/${reference.name}`;
  const file = repositoryOf(reference);
  const refuse = (expected: string, got: string, hint: string) =>
    new ArgumentError({ op, file, expected, got: `${got} (${status})`, hint });
  const setToken =
    token === undefined ? "set HF_TOKEN" : "check the token, and what it gives access to";
  if (code === "GatedRepo") {
    const hint = `accept the licence at ${page}, then ${setToken}`;
    return refuse("access to the model", "a licence that has to be accepted", hint);
  }
  if (code === "RevisionNotFound") {
    return refuse("a branch, tag or commit", `no ${reference.revision}`, `see ${page}/branches`);
  }
  if (code === "EntryNotFound") return refuse("a file of the repository", "none", `see ${page}`);
  if (status === 401 || status === 403 || status === 404) {
    const hint = `check the name at ${page}; if it is private or gated, ${setToken}`;
    return refuse("a repository", "no such one, or no access to it", hint);
  }
  return undefined;
}

function fileOf(reference: HubReference, sibling: unknown): HubFile {
  const { rfilename: name, size, blobId, lfs } = isObject(sibling) ? sibling : {};
  const isLarge = isObject(lfs);
  const etag = isLarge ? lfs.sha256 : blobId;
  const bytes = isLarge ? lfs.size : size;
  if (typeof name !== "string") throw nonsense(reference, "rfilename", name);
  if (typeof etag !== "string" || !(isLarge ? /^[0-9a-f]{64}$/ : /^[0-9a-f]{40}$/).test(etag)) {
    throw nonsense(reference, `hash of ${name}`, etag);
  }
  if (typeof bytes !== "number" || !Number.isSafeInteger(bytes) || bytes < 0) {
    throw nonsense(reference, `size of ${name}`, bytes);
  }
  return { name, size: bytes, etag };
}

function nonsense(reference: HubReference, argument: string, got: unknown): FormatError {
  return new FormatError({
    op,
    file: repositoryOf(reference),
    argument,
    expected: "an answer as of https://huggingface.co/docs/hub/api",
    got: brief(got),
    hint: "the endpoint may be no Hugging Face hub: check HF_ENDPOINT",
  });
}
