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
import { isUrl, modelOfPage, openUrl } from "../source/http/open-url.ts";
import { downloadFromHub } from "./download-from-hub.ts";
import { fileSource } from "./file-source.ts";
import { openFolder } from "./folder.ts";
import { findInCache } from "./hub/download-repository.ts";
import { isHubReference, parseHubReference, revisionOf } from "./hub/reference.ts";
import { readFromHub } from "./hub/remote.ts";
import { connectionOptions } from "./proxy.ts";

/** Options of {@link openPath}. */
export interface OpenPathOptions {
  readonly signal?: AbortSignal;
  /** Told of a download; reading by range from a URL is not one. */
  readonly onProgress?: (progress: Progress) => void;
  /**
   * Whether a model on Hugging Face is downloaded. If not, and it is not in the cache, it is read by range:
   * enough for its config, its tokenizer, and the names, dtypes and shapes of its tensors. Default true.
   */
  readonly download?: boolean;
}

const NAMES: OptionNames<OpenPathOptions> = { signal: true, onProgress: true, download: true };

/**
 * The folder or the file that `path` names, for `openCheckpoint`: a path; a URL, which ends with a slash if
 * it is that of a folder; or `hf:OWNER/NAME`, which is downloaded first unless it is in the cache (see
 * {@link downloadFromHub}). What is on a server is asked through the proxy that HTTPS_PROXY or HTTP_PROXY names. A
 * path with nothing there becomes a folder, and the error comes when it is used.
 *
 *     await openPath("./gemma-2b-it"); // or file:///home/me/gemma-2b-it
 *     await openPath("hf:google/gemma-2b-it");
 *     await openPath("https://host/gemma-2b-it.gguf");
 *
 * @throws {SourceError} if it is a file that may not be read, or is not there and looks like `OWNER/NAME`.
 * @throws {ArgumentError} if it is a file: URL of another machine, or a safetensors file alone that would be downloaded.
 * @throws as {@link openUrl} and {@link downloadFromHub}.
 * @throws the signal's reason.
 */
export async function openPath(
  path: string,
  options: OpenPathOptions = {},
): Promise<Folder | ByteSource> {
  assertOptions("openPath", options, NAMES);
  const { signal, onProgress, download = true } = options;
  if (isUrl(path)) return openUrl(path, { signal, ...(await connectionOptions(process.env)) });
  if (/^file:\/\//i.test(path)) return openLocal(pathOf(path));
  if (!isHubReference(path)) return openLocal(path);
  if (download) {
    assertWhole(path);
    return openLocal(await downloadFromHub(path, { signal, onProgress }));
  }
  const cached = await findInCache(path);
  return cached === undefined ? readFromHub(path, { signal }) : openLocal(cached);
}

/** Safetensors alone are no model, and to find that out must not take the weights. */
function assertWhole(path: string): void {
  const reference = parseHubReference(path);
  const [, folder, file] = /^(.*?)([^/]*\.safetensors)$/i.exec(reference.file ?? "") ?? [];
  if (file === undefined) return;
  const expected = "a model: a folder, or a checkpoint in one file";
  const hint = `write ${[revisionOf(reference), folder.slice(0, -1)].filter(Boolean).join("/")}; downloadFromHub gets the file alone`;
  throw refusals("openPath", path).argument(undefined, expected, "a safetensors file alone", hint);
}

function pathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    const expected = "the URL of a file on this machine, file:///path";
    throw refusals("openPath").argument(undefined, expected, brief(url), undefined, cause);
  }
}

async function openLocal(path: string): Promise<Folder | ByteSource> {
  const stats = await stat(path).catch(() => undefined);
  const hint = stats ? undefined : nameInsteadOf(path);
  if (hint !== undefined) {
    throw refusals("openPath", path).source(undefined, "a folder or a file", "no such path", hint);
  }
  return stats?.isFile() ? fileSource(path) : openFolder(path);
}

/** What may be meant by a path with nothing there: a model on Hugging Face, as a browser shows it or by its name. */
function nameInsteadOf(path: string): string | undefined {
  if (/^(www\.)?(hf|huggingface)\.co\//i.test(path)) {
    const url = `https://${path}`;
    return `write ${modelOfPage(url) ?? url}`;
  }
  const isName = /^\w[\w.-]*\/\w[\w.-]*([@:][\w.-]+)?\/?$/.test(path);
  const isFile = /\.\w{2,11}$/.test(path);
  return isName && !isFile ? `if it is a model on Hugging Face, write hf:${path}` : undefined;
}
