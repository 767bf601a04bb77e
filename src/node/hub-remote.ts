/**
 * A model on Hugging Face, read by range where it is: for who wants to know something of it, and not all of
 * its weights.
 * @module
 */
import type { ByteSource } from "../source/byte-source.ts";
import { type Folder, isFileName } from "../source/folder.ts";
import { httpFolder } from "../source/http/folder.ts";
import { httpSource } from "../source/http/source.ts";
import { assertOnline, type HubOptions, hubOf } from "./hub.ts";
import { asking, listFiles, repositoryOf } from "./hub-api.ts";
import { parseHubReference, resolved } from "./hub-reference.ts";

/**
 * The repository as a folder, or the file of it that is named, for `openCheckpoint`. Nothing is stored.
 * @throws {ArgumentError} and {FormatError} as `downloadFromHub`.
 */
export async function readFromHub(
  reference: string,
  options: HubOptions = {},
): Promise<Folder | ByteSource> {
  const parsed = parseHubReference(reference);
  assertOnline(parsed, options);
  const hub = await hubOf(options);
  const { commit, files } = await listFiles(parsed, hub);
  const url = resolved(hub.endpoint, parsed, commit); // the commit, so that all is of one version
  const asked = asking(parsed, hub);
  if (parsed.file !== undefined) return httpSource(url, asked);
  const folder = httpFolder(url, asked);
  const names = files.map(({ name }) => name).filter(isFileName);
  return {
    name: repositoryOf(parsed),
    open: async (file) => (names.includes(file) ? folder.open(file) : undefined),
    list: async () => names.sort(),
  };
}
