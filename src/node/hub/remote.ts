/**
 * A model on Hugging Face, read by range and not downloaded: for looking at it without all of its weights.
 * @module
 */
import type { ByteSource } from "../../source/byte-source.ts";
import { type Folder, isFileName } from "../../source/folder.ts";
import { folderAt } from "../../source/http/folder.ts";
import { sourceAt } from "../../source/http/source.ts";
import { listFiles, requestOptions } from "./api.ts";
import { chosenFiles } from "./files.ts";
import { assertOnline, type HubOptions, hubOf } from "./options.ts";
import { parseHubReference, repositoryOf, resolveUrl } from "./reference.ts";

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
  const names = files.map(({ name }) => name);
  // Which of several a person means is a question for single files; a folder is looked at as it is.
  const isNamed = parsed.file !== undefined || parsed.tag !== undefined;
  const path = isNamed ? chosenFiles(parsed, names).path : "";
  const isFile = names.includes(path);
  const file = isFile ? path : path && `${path}/`;
  const url = resolveUrl(hub.endpoint, { ...parsed, file }, commit); // the commit, so that all is of one version
  const request = requestOptions(parsed, hub);
  if (isFile) return sourceAt(url, request);
  const folder = folderAt(url, request);
  const inside = names.filter((name) => name.startsWith(file)).map((n) => n.slice(file.length));
  const plain = inside.filter(isFileName).sort();
  return {
    name: [repositoryOf(parsed), path].filter(Boolean).join("/"),
    open: async (name) => (plain.includes(name) ? folder.open(name) : undefined),
    list: async () => plain,
  };
}
