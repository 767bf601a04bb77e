/**
 * Opens a URL: a folder, if it ends with a slash, or else a file.
 * @module
 */
import { refusals } from "../../errors.ts";
import type { ByteSource } from "../byte-source.ts";
import type { Folder } from "../folder.ts";
import { folderAt } from "./folder.ts";
import { parseUrl, publicUrl, type RequestOptions } from "./request.ts";
import { sourceAt } from "./source.ts";

/** Whether `text` is meant as a URL on a server. */
export function isUrl(text: string): boolean {
  return /^https?:\/\//i.test(text);
}

/**
 * The folder or the file at `url`, for `openCheckpoint`.
 * @throws {ArgumentError} if it is the address of a page about a model.
 * @throws as `httpSource`.
 */
export async function openUrl(
  url: string,
  options: RequestOptions = {},
): Promise<Folder | ByteSource> {
  assertNoModelPage(url);
  return parseUrl(url).pathname.endsWith("/") ? folderAt(url, options) : sourceAt(url, options);
}

function assertNoModelPage(url: string): void {
  const name = modelOfPage(url);
  if (name === undefined) return;
  const refuse = refusals("openUrl", publicUrl(url));
  const expected = "the address of a file, or of a folder with a slash at its end";
  throw refuse.argument(undefined, expected, "a page about a model", `write ${name}`);
}

/** Pages about a model's files, which a browser's address bar gives. /resolve/ is the files themselves. */
const VIEWS = [undefined, "tree", "blob", "raw", "blame", "commit", "commits"];

/** The `hf:` name of what https://huggingface.co/google/gemma-2b shows, or its /tree or /blob pages. */
export function modelOfPage(url: string): string | undefined {
  const { hostname, pathname } = parseUrl(url);
  if (!/^(www\.)?(huggingface\.co|hf\.co)$/.test(hostname)) return undefined;
  const [, owner, name, view, revision, ...file] = pathname.replace(/\/+$/, "").split("/");
  if (!name || !VIEWS.includes(view)) return undefined;
  const version = revision === undefined || revision === "main" ? "" : `@${revision}`;
  return [`hf:${owner}/${name}${version}`, ...file].join("/");
}
