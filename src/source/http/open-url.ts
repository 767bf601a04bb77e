/**
 * Opens a URL: a folder, if it ends with a slash, or else a file.
 * @module
 */
import { refusals } from "../../errors.ts";
import type { ByteSource } from "../byte-source.ts";
import type { Folder } from "../folder.ts";
import { type HttpFolderOptions, httpFolder } from "./folder.ts";
import { parseUrl, publicUrl } from "./request.ts";
import { httpSource } from "./source.ts";

/** Whether `text` is meant as a URL on a server. */
export function isUrl(text: string): boolean {
  return /^https?:\/\//i.test(text);
}

/**
 * The folder or the file at `url`, for `openCheckpoint`.
 * @throws {ArgumentError} if it is the address of a page about a model.
 * @throws as {@link httpSource}.
 */
export async function openUrl(
  url: string,
  options: HttpFolderOptions = {},
): Promise<Folder | ByteSource> {
  assertNoModelPage(url);
  return parseUrl(url).pathname.endsWith("/") ? httpFolder(url, options) : httpSource(url, options);
}

/** A browser's address bar gives https://huggingface.co/google/gemma-2b, or its /tree or /blob pages. */
function assertNoModelPage(url: string): void {
  const { hostname, pathname } = parseUrl(url);
  if (!/^(www\.)?(huggingface\.co|hf\.co)$/.test(hostname)) return;
  const [, owner, name, view, revision, ...file] = pathname.replace(/\/+$/, "").split("/");
  if (!name || (view !== undefined && view !== "tree" && view !== "blob")) return;
  const version = revision === undefined || revision === "main" ? "" : `@${revision}`;
  const refuse = refusals("openUrl", publicUrl(url));
  const expected = "the address of a file, or of a folder with a slash at its end";
  const hint = `write ${[`hf:${owner}/${name}${version}`, ...file].join("/")}`;
  throw refuse.argument(undefined, expected, "a page about a model", hint);
}
