/**
 * Judges a model before gigabytes of it are downloaded, by what little can be had at once: the names of its
 * files, its config.json, the header of its one file. Each judgement is that of the reader which opens the
 * model later, in the reader's words.
 * @module
 */
import { findConfig } from "../../checkpoint/config-and-tokenizer.ts";
import { openCheckpoint } from "../../checkpoint/open.ts";
import { wayOut } from "../../checkpoint/safetensors/advice.ts";
import { UnsupportedError } from "../../errors.ts";
import type { ByteSource } from "../../source/byte-source.ts";
import type { RequestOptions } from "../../source/http/request.ts";
import { httpSource } from "../../source/http/source.ts";
import { openFolder } from "../folder.ts";

/** What a repository without weights is, and the way out, if the names of its files and folders say so. */
export function wayOutOf(names: readonly string[]): string | undefined {
  return wayOut([...new Set(names.flatMap((name) => name.split("/")))].sort());
}

/** @throws as the readers, if the config in the folder at `path` is not that of a model that can be opened. */
export async function judgeConfig(path: string, signal: AbortSignal | undefined): Promise<void> {
  await findConfig("downloadFromHub", openFolder(path), signal);
}

/**
 * Reads as much of the one file at `url` as opening it takes: of a GGUF file some 10 MB, of the others less.
 * @throws as `openCheckpoint`.
 */
export async function judgeFile(
  url: string,
  options: RequestOptions & { readonly name: string; readonly size: number },
): Promise<void> {
  if (/\.(json|model)$/i.test(options.name)) return; // a tokenizer, or a config
  let source: ByteSource;
  try {
    source = await httpSource(url, options);
  } catch (error) {
    // Without ranges its header cannot be had alone. Downloaded it can be, and is judged then.
    if (error instanceof UnsupportedError) return;
    throw error;
  }
  const checkpoint = await openCheckpoint(source, { signal: options.signal });
  await checkpoint.close();
}
