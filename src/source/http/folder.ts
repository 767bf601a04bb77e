/**
 * A folder on a server, whose files are where their names lead from its URL.
 * @module
 */
import { assertOptions, type OptionNames } from "../../options.ts";
import { assertFileName, type Folder } from "../folder.ts";
import {
  HTTP_NAMES,
  type HttpOptions,
  parseUrl,
  publicUrl,
  type RequestOptions,
} from "./request.ts";
import { findHttpSource } from "./source.ts";

/** Options of {@link httpFolder}. */
export interface HttpFolderOptions extends HttpOptions {
  /** Stops the opening of files. */
  readonly signal?: AbortSignal;
}

const NAMES: OptionNames<HttpFolderOptions> = { ...HTTP_NAMES, signal: true };

/** A folder that also gives the URLs of its files. */
export interface HttpFolder extends Folder {
  /** @throws {ArgumentError} unless `file` is a plain file name. */
  urlOf(file: string): string;
}

/**
 * The folder at `baseUrl`; its query goes with each file. Nothing is requested yet. A folder on a server has
 * no list, so its files are found by their usual names: safetensors, but no `.gguf`, which needs `httpSource`.
 * A web page in place of a file means that there is no such file, once another file has come.
 *
 *     const checkpoint = await openCheckpoint(httpFolder("https://host/gemma-2b-it/"));
 *
 * @throws {ArgumentError} if `baseUrl` is not an http(s) URL.
 */
export function httpFolder(baseUrl: string, options: HttpFolderOptions = {}): HttpFolder {
  assertOptions("httpFolder", options, NAMES);
  return folderAt(baseUrl, options);
}

/** As {@link httpFolder}, with all that a request can be told. */
export function folderAt(baseUrl: string, options: RequestOptions): HttpFolder {
  const base = parseUrl(baseUrl);
  base.hash = "";
  if (!base.pathname.endsWith("/")) base.pathname += "/";
  const urlOf = (file: string) => {
    assertFileName("httpFolder", file);
    const url = new URL(base);
    url.pathname += encodeURIComponent(file);
    return url.href;
  };
  let hasServed = false;
  return {
    name: publicUrl(base.href),
    urlOf,
    async open(file) {
      // Servers of single-page apps (Vite's, many hosts) answer any path that they do not have with the app's page.
      // A page in place of the first file may ask to log in; behind a file that came, it says that there is none.
      const source = await findHttpSource(urlOf(file), options, hasServed);
      hasServed ||= source !== undefined;
      return source;
    },
  };
}
