/**
 * A model on Hugging Face, read by range and not downloaded: for looking at it without all of its weights.
 * @module
 */
import type { ByteSource } from "../../source/byte-source.ts";
import type { Folder } from "../../source/folder.ts";
import { folderAt } from "../../source/http/folder.ts";
import { sourceAt } from "../../source/http/source.ts";
import { listFiles, readerOf, requestOptions } from "./api.ts";
import { chosenFiles } from "./files.ts";
import { type HubOptions, hubOf, isOffline, offline } from "./options.ts";
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
  if (isOffline(options)) throw offline(parsed, options, "no whole model");
  const hub = await hubOf(options);
  const listed = await listFiles(parsed, hub);
  const { commit, files } = listed;
  const names = files.map(({ name }) => name);
  // Which of several a person means is a question for single files; a folder is looked at as it is.
  const isNamed = parsed.file !== undefined || parsed.tag !== undefined;
  const read = readerOf(parsed, listed, hub);
  const path = isNamed ? (await chosenFiles(parsed, names, read)).path : "";
  const isFile = names.includes(path);
  const file = isFile ? path : path && `${path}/`;
  const url = resolveUrl(hub.endpoint, { ...parsed, file }, commit); // the commit, so that all is of one version
  const request = requestOptions(parsed, hub);
  if (isFile) return sourceAt(url, request);
  const folder = folderAt(url, request);
  const inside = names.filter((name) => name.startsWith(file)).map((n) => n.slice(file.length));
  const own = new Set(inside.map((name) => name.split("/")[0])); // folders, too, as on disk
  return {
    name: [repositoryOf(parsed), path].filter(Boolean).join("/"),
    open: async (name) => (inside.includes(name) ? folder.open(name) : undefined),
    list: async () => [...own].sort(),
  };
}
