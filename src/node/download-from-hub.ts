/**
 * A model from Hugging Face by its name: judged by the readers that will open it, and only then downloaded.
 * @module
 */
import { readConfig } from "../checkpoint/beside/read.ts";
import { holdsWeights } from "../checkpoint/numpy/open.ts";
import { openCheckpoint } from "../checkpoint/open.ts";
import { wayOut } from "../checkpoint/safetensors/advice.ts";
import { refusals, UnsupportedError } from "../errors.ts";
import { foreignTensor } from "../model/weights/foreign-names.ts";
import { type ByteSource, readExactly } from "../source/byte-source.ts";
import { FILE_KIND_BYTES, fileKind } from "../source/file-kind.ts";
import type { Folder } from "../source/folder.ts";
import { sourceAt } from "../source/http/source.ts";
import { downloadRepository, type Judge } from "./hub/download-repository.ts";
import type { HubOptions } from "./hub/options.ts";

const op = "downloadFromHub";

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
    await readConfig(op, folder, signal);
  },

  /** Reads as much as opening the folder takes: of weights their headers. */
  async folder(folder, signal) {
    let isReadable = true;
    const open: Folder["open"] = async (name) => {
      try {
        return await folder.open(name);
      } catch (error) {
        if (error instanceof UnsupportedError) isReadable = false; // without ranges: it is judged later
        throw error;
      }
    };
    try {
      await assertOpens({ ...folder, open }, signal);
    } catch (error) {
      if (isReadable) throw error;
    }
  },

  /** Reads as much as opening the file takes: of a GGUF file some 10 MB, of the others less. */
  async file(url, options) {
    const { name, signal } = options;
    if (/\.(json|jinja|model|spm)$/i.test(name)) return; // what lies beside weights
    let source: ByteSource;
    try {
      source = await sourceAt(url, options);
    } catch (error) {
      // Without ranges its header cannot be had alone. Downloaded it can be, and is judged then.
      if (error instanceof UnsupportedError) return;
      throw error;
    }
    if (!(await isForOpening(source, signal))) return;
    await assertOpens(source, signal);
  },
};

async function assertOpens(from: Folder | ByteSource, signal?: AbortSignal): Promise<void> {
  const { name, tensors, close } = await openCheckpoint(from, { signal });
  await close();
  const foreign = foreignTensor(tensors.keys(), refusals(op, name));
  if (foreign) throw foreign;
}

/** Whether a file is of use as a checkpoint alone: others have readers of their own, such as readSafetensors. */
async function isForOpening(source: ByteSource, signal?: AbortSignal): Promise<boolean> {
  if (/\.(gguf|ckpt|bin|pt|pth)$/i.test(source.name)) return true;
  const end = Math.min(source.size, FILE_KIND_BYTES);
  const kind = fileKind(await readExactly(op, source, 0, end, signal))?.kind;
  if (kind === "zip" && /\.npz$/i.test(source.name)) return holdsWeights(source, signal);
  return kind !== undefined && kind !== "json" && kind !== "npy";
}
