/**
 * A model on Hugging Face, read by range and not downloaded: for looking at it without all of its weights.
 * @module
 */
import type { ByteSource } from "../../source/byte-source.ts";
import { type Folder, isFileName } from "../../source/folder.ts";
import { folderAt } from "../../source/http/folder.ts";
import { sourceAt } from "../../source/http/source.ts";
import { listFiles, repositoryOf, requestOptions } from "./api.ts";
import { assertOnline, type HubOptions, hubOf } from "./options.ts";
import { parseHubReference, resolveUrl } from "./reference.ts";

/**
 * The repository as a folder, or the one file that `reference` names, for `openCheckpoint`. Nothing is
 * stored.
 * @throws as `downloadFromHub`.
 */
export async function readFromHub(
  reference: string,
  options: HubOptions = {},
): Promise<Folder | ByteSource> {
  const parsed = parseHubReference(reference);
  assertOnline(parsed, options);
  const hub = await hubOf(options);
  const { commit, files } = await listFiles(parsed, hub);
  const url = resolveUrl(hub.endpoint, parsed, commit); // the commit, so that all is of one version
  const request = requestOptions(parsed, hub);
  if (parsed.file !== undefined) return sourceAt(url, request);
  const folder = folderAt(url, request);
  const names = files.map(({ name }) => name).filter(isFileName);
  return {
    name: repositoryOf(parsed),
    open: async (file) => (names.includes(file) ? folder.open(file) : undefined),
    list: async () => names.sort(),
  };
}
