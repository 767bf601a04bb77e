/**
 * A model from Hugging Face by its name: judged by the readers that will open it, and only then downloaded.
 * @module
 */
import { readConfig } from "../checkpoint/beside/read.ts";
import { openCheckpoint } from "../checkpoint/open.ts";
import { wayOut } from "../checkpoint/safetensors/advice.ts";
import { UnsupportedError } from "../errors.ts";
import type { ByteSource } from "../source/byte-source.ts";
import { sourceAt } from "../source/http/source.ts";
import { downloadRepository, type Judge } from "./hub/download-repository.ts";
import type { HubOptions } from "./hub/options.ts";

/**
 * Downloads a model, or the files of it that are missing. Each file is checked against its hash before it gets its
 * name; a download that was interrupted goes on where it stopped. What cannot be opened is refused before its
 * weights are downloaded. Without a network, or with $HF_HUB_OFFLINE set, a model that is complete in the cache is
 * taken from there.
 *
 *     const folder = await downloadFromHub("hf:google/gemma-2b-it", { onProgress: console.log });
 *     const gemma = await Gemma.load(folder);
 *
 * @param reference `hf:OWNER/NAME`, with `@REVISION`, `/FILE.gguf` or `:Q4_K_M`, or one of each after it.
 * @returns the path of the folder with its files; or of the file, if it was named, or is all there is.
 * @throws {SourceError} if there is no such model, a licence has to be accepted first, the token is wrong,
 * the hub cannot be reached or keeps failing, or the disk is full.
 * @throws {FormatError} if the repository has no whole model, or a file has another hash than the hub says.
 * @throws {UnsupportedError} if it is of another family of models, or in a form that is not read.
 * @throws {ArgumentError} if `reference` is not a reference, or one of several files has to be named.
 * @throws the signal's reason.
 */
export function downloadFromHub(reference: string, options: HubOptions = {}): Promise<string> {
  return downloadRepository(reference, options, JUDGE);
}

const JUDGE: Judge = {
  wayOut,

  async config(folder, signal) {
    await readConfig("downloadFromHub", folder, signal);
  },

  /** Reads as much as opening the file takes: of a GGUF file some 10 MB, of the others less. */
  async file(url, options) {
    if (/\.(json|model)$/i.test(options.name)) return; // a tokenizer, or a config
    let source: ByteSource;
    try {
      source = await sourceAt(url, options);
    } catch (error) {
      // Without ranges its header cannot be had alone. Downloaded it can be, and is judged then.
      if (error instanceof UnsupportedError) return;
      throw error;
    }
    const checkpoint = await openCheckpoint(source, { signal: options.signal });
    await checkpoint.close();
  },
};
