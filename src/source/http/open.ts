/**
 * What a URL is the address of: a folder, if it ends with a slash, or a file.
 * @module
 */
import { ArgumentError } from "../../errors.ts";
import type { ByteSource } from "../byte-source.ts";
import type { Folder } from "../folder.ts";
import { type HttpFolderOptions, httpFolder } from "./folder.ts";
import { parseUrl, publicUrl } from "./request.ts";
import { httpSource } from "./source.ts";

/** Whether `text` is meant as the URL of something on a server. */
export function isUrl(text: string): boolean {
  return /^https?:\/\//i.test(text);
}

/**
 * The folder or the file at `url`, for `openCheckpoint`.
 * @throws {ArgumentError} if it is the address of a page about a model; and as {@link httpSource}.
 */
export async function openUrl(
  url: string,
  options: HttpFolderOptions = {},
): Promise<Folder | ByteSource> {
  assertNoModelPage(url);
  return parseUrl(url).pathname.endsWith("/") ? httpFolder(url, options) : httpSource(url, options);
}

/** What one copies from a browser: https://huggingface.co/google/gemma-2b, or its /tree or /blob pages. */
function assertNoModelPage(url: string): void {
  const { hostname, pathname } = parseUrl(url);
  if (!/^(www\.)?(huggingface\.co|hf\.co)$/.test(hostname)) return;
  const [, owner, name, view, revision, ...file] = pathname.replace(/\/+$/, "").split("/");
  if (!name || (view !== undefined && view !== "tree" && view !== "blob")) return;
  const version = revision === undefined || revision === "main" ? "" : `@${revision}`;
  throw new ArgumentError({
    op: "openUrl",
    file: publicUrl(url),
    expected: "the address of a file, or of a folder with a slash at its end",
    got: "a page about a model",
    hint: `write ${[`hf:${owner}/${name}${version}`, ...file].join("/")}`,
  });
}
