/**
 * Opens a path, a URL, or a model on Hugging Face by its name: a folder, or a file.
 * @module
 */
import { stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { brief } from "../brief.ts";
import { refusals } from "../errors.ts";
import { assertOptions, type OptionNames } from "../options.ts";
import type { Progress } from "../progress.ts";
import type { ByteSource } from "../source/byte-source.ts";
import type { Folder } from "../source/folder.ts";
import { isUrl, openUrl } from "../source/http/open-url.ts";
import { downloadFromHub } from "./download-from-hub.ts";
import { fileSource } from "./file-source.ts";
import { openFolder } from "./folder.ts";
import { findInCache } from "./hub/download-repository.ts";
import { isHubReference, parseHubReference, revisionOf } from "./hub/reference.ts";
import { readFromHub } from "./hub/remote.ts";
import { missingPath } from "./missing-path.ts";
import { connectionOptions } from "./proxy.ts";

/** Options of {@link openPath}. */
export interface OpenPathOptions {
  /** Stops it; the call rejects with its reason. */
  readonly signal?: AbortSignal;
  /** Told of a download; reading by range from a URL is not one. */
  readonly onProgress?: (progress: Progress) => void;
  /**
   * Whether a model on Hugging Face is downloaded. If not, and it is not in the cache, it is read by range:
   * enough for its config, its tokenizer, and the names, dtypes and shapes of its tensors. Default true.
   */
  readonly download?: boolean;
}

const NAMES: OptionNames<OpenPathOptions> = {
  signal: true,
  onProgress: "function",
  download: "boolean",
};

/**
 * The folder or the file that `path` names, for `openCheckpoint`: a path; a URL, which ends with a slash if
 * it is that of a folder; or `hf:OWNER/NAME`, which is downloaded first unless it is in the cache (see
 * {@link downloadFromHub}). What is on a server is asked through the proxy that HTTPS_PROXY or HTTP_PROXY names.
 *
 *     await openPath("./gemma-2b-it"); // or file:///home/me/gemma-2b-it
 *     await openPath("hf:google/gemma-2b-it");
 *     await openPath("https://host/gemma-2b-it.gguf");
 *
 * @param op what errors call it.
 * @throws {SourceError} if nothing is there, or it may not be read.
 * @throws {ArgumentError} if it is a file: URL of another machine, or a safetensors file alone that would be
 * downloaded.
 * @throws {UnsupportedError} if it is an address that is not read, as s3://.
 * @throws as {@link openUrl} and {@link downloadFromHub}.
 * @throws the signal's reason.
 */
export async function openPath(
  path: string,
  options: OpenPathOptions = {},
  op = "openPath",
): Promise<Folder | ByteSource> {
  assertOptions(op, options, NAMES);
  const { signal, onProgress, download = true } = options;
  if (isUrl(path)) return openUrl(path, { signal, ...(await connectionOptions(process.env)) });
  if (/^file:\/\//i.test(path)) return openLocal(op, pathOf(op, path));
  if (!isHubReference(path)) return openLocal(op, path);
  if (download) {
    assertWhole(op, path);
    return openLocal(op, await downloadFromHub(path, { signal, onProgress }));
  }
  const cached = await findInCache(path);
  return cached === undefined ? readFromHub(path, { signal }) : openLocal(op, cached);
}

/** Safetensors alone are no model, and to find that out must not take the weights. */
function assertWhole(op: string, path: string): void {
  const reference = parseHubReference(path);
  const [, folder, file] = /^(.*?)([^/]*\.safetensors)$/i.exec(reference.file ?? "") ?? [];
  if (file === undefined) return;
  const expected = "a model: a folder, or a checkpoint in one file";
  const hint = `write ${[revisionOf(reference), folder.slice(0, -1)].filter(Boolean).join("/")}; downloadFromHub gets the file alone`;
  throw refusals(op, path).argument(undefined, expected, "a safetensors file alone", hint);
}

function pathOf(op: string, url: string): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    const expected = "the URL of a file on this machine, file:///path";
    throw refusals(op).argument(undefined, expected, brief(url), undefined, cause);
  }
}

async function openLocal(op: string, path: string): Promise<Folder | ByteSource> {
  let isFolder: boolean;
  try {
    isFolder = (await stat(path)).isDirectory();
  } catch (error) {
    throw missingPath(op, path, error);
  }
  return isFolder ? openFolder(path) : fileSource(path);
}
