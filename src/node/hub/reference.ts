/**
 * Names of models on Hugging Face:
 *
 *     hf:google/gemma-2b-it                     its main branch
 *     hf:google/gemma-2b-it@float16             a branch, a tag or a commit
 *     hf:google/gemma-2b-it@refs/pr/1           a pull request
 *     hf:google/gemma-2b-it@a%2Fb               another branch with slashes in its name
 *     hf:google/gemma-2b-it-GGUF/it.gguf        one file of it; with a revision: name@revision/it.gguf
 *     hf:google/gemma-2b-it-GGUF:Q4_K_M         its only GGUF file of that kind, as for llama.cpp and ollama
 *     hf:owner/runs/step-500                    a folder in it
 *
 * `hf://` is `hf:`, as in Python, and a slash at the end changes nothing.
 * @module
 */
import { refusals } from "../../errors.ts";
import { isFileName } from "../../source/folder.ts";

/** The hub itself. */
export const HUGGING_FACE = "https://huggingface.co";

/** The parts of a reference. */
export interface HubReference {
  readonly owner: string;
  readonly name: string;
  readonly revision: string;
  /** A path in the repository, with slashes: of a file, or of a folder; then it may end with a slash. */
  readonly file?: string;
  /** What the name of a GGUF file has in it: `Q4_K_M`. */
  readonly tag?: string;
}

/** Whether `text` is meant as a reference. */
export function isHubReference(text: string): boolean {
  return /^hf:/i.test(text);
}

/**
 * Takes a reference apart. Its parts become paths in the cache, and must not lead out of it.
 * @throws {ArgumentError} if it is not a reference.
 */
export function parseHubReference(reference: string): HubReference {
  const match = FORM.exec(reference);
  const [, owner, name, revision = "main", tag, file] = match ?? [];
  const parsed = {
    owner,
    name,
    revision: decoded(revision),
    ...(file !== undefined && { file }),
    ...(tag !== undefined && { tag }),
  };
  if (match && [owner, name].every(isRepositoryName) && isSafePath(parsed.revision)) {
    if (file === undefined || isSafePath(file.replace(/\/$/, ""))) return parsed;
  }
  const expected = "hf:OWNER/NAME, with @REVISION, /FILE.gguf or :Q4_K_M after it";
  const hint = "as in hf:google/gemma-2b-it; slashes in a revision are written %2F";
  throw refusals("openPath").argument(undefined, expected, reference, hint);
}

/** Owner, name, revision, tag, file. Revisions with slashes: those that the hub itself makes. */
const FORM =
  /^hf:(?:\/\/)?([^/@:]+)\/([^/@:]+)(?:@(refs\/(?:pr\/\d+|convert\/[^/@:]+)|[^/@:]+))?(?::([\w.-]+)|\/([^@]+))?\/?$/i;

/** As in messages: `hf:google/gemma-2b`. */
export function repositoryOf({ owner, name }: HubReference): string {
  return `hf:${owner}/${name}`;
}

/** With the revision, for a hint that one may copy: `hf:google/gemma-2b@float16`. */
export function revisionOf(reference: HubReference): string {
  const { revision } = reference;
  const version = revision === "main" ? "" : `@${revision.replaceAll("/", "%2F")}`;
  return repositoryOf(reference) + version;
}

/** The URL of a file of a repository, or of a folder, then with a slash at its end; not that of a page about it. */
export function resolveUrl(
  endpoint: string,
  { owner, name, file = "" }: HubReference,
  revision: string,
): string {
  const path = file.split("/").map(encodeURIComponent).join("/");
  return `${endpoint}/${owner}/${name}/resolve/${encodeURIComponent(revision)}/${path}`;
}

/** Whether each part of `path` is a plain name, so that it does not lead out of the folder it begins in. */
export function isSafePath(path: string): boolean {
  return path.split("/").every(isFileName);
}

/** https://github.com/huggingface/huggingface_hub, utils/_validators.py. */
function isRepositoryName(name: string): boolean {
  return /^\w(?:[\w.-]*\w)?$/.test(name) && !/--|\.\./.test(name);
}

function decoded(text: string): string {
  return text.replace(/%2f/gi, "/");
}
