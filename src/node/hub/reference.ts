/**
 * Names of models on Hugging Face:
 *
 *     hf:google/gemma-2b-it                     its main branch
 *     hf:google/gemma-2b-it@float16             a branch, a tag or a commit
 *     hf:google/gemma-2b-it@refs%2Fpr%2F1       a branch with slashes in its name
 *     hf:google/gemma-2b-it-GGUF/it.gguf        one file of it; with a revision: name@revision/it.gguf
 *
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
  /** A path in the repository, with slashes. */
  readonly file?: string;
}

/** Whether `text` is meant as a reference. */
export function isHubReference(text: string): boolean {
  return text.startsWith("hf:");
}

/**
 * Takes a reference apart. Its parts become paths in the cache, and must not lead out of it.
 * @throws {ArgumentError} if it is not a reference.
 */
export function parseHubReference(reference: string): HubReference {
  const match = /^hf:([^/@]+)\/([^/@]+)(?:@([^/@]+))?(?:\/([^@]+))?$/.exec(reference);
  const [, owner, name, revision = "main", file] = match ?? [];
  const parsed = { owner, name, revision: decoded(revision), ...(file !== undefined && { file }) };
  if (match && [owner, name].every(isRepositoryName) && isSafePath(parsed.revision)) {
    if (file === undefined || isSafePath(file)) return parsed;
  }
  const expected = "hf:OWNER/NAME, hf:OWNER/NAME@REVISION or hf:OWNER/NAME/FILE.gguf";
  const hint = "as in hf:google/gemma-2b-it; slashes in a revision are written %2F";
  throw refusals("openPath").argument(undefined, expected, reference, hint);
}

/** The URL of a file of a repository, or of the folder with all of its files; not that of a page about it. */
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
