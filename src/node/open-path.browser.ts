/**
 * Stands in for open-path.ts in a browser: package.json's "browser" field makes bundlers put it there.
 * @module
 */
import { brief } from "../brief.ts";
import { refusals } from "../errors.ts";
import type { ByteSource } from "../source/byte-source.ts";
import type { Folder } from "../source/folder.ts";
import { isUrl, openUrl } from "../source/http/open-url.ts";
import { HUGGING_FACE, isHubReference, parseHubReference, resolveUrl } from "./hub/reference.ts";

/**
 * The folder or the file at a URL, or of a model on Hugging Face. It is read by range and not kept:
 * `cachedFolder` and `cachedFile` are for that.
 * @param op what errors call it.
 * @throws {UnsupportedError} if it is a path: a page has no file system.
 */
export async function openPath(
  path: string,
  { signal }: { readonly signal?: AbortSignal } = {},
  op = "openPath",
): Promise<Folder | ByteSource> {
  if (isUrl(path)) return openUrl(path, { signal });
  if (isHubReference(path)) {
    const reference = parseHubReference(path);
    if (reference.tag !== undefined) {
      const hint = "a page cannot list a repository: write the name of the file";
      const expected = "hf:OWNER/NAME/FILE.gguf";
      throw refusals(op).unsupported("source", expected, brief(path), hint);
    }
    return openUrl(resolveUrl(HUGGING_FACE, reference, reference.revision), { signal });
  }
  const expected = "a URL, hf:OWNER/NAME, filesFolder({ name: file }) or blobSource(file)";
  const hint = "a page has no file system: fetch the files, or let the user choose them";
  throw refusals(op).unsupported("source", expected, `the path ${brief(path)}`, hint);
}
