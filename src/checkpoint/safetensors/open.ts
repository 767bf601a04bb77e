/**
 * A Gemma 1 checkpoint as it lies on Hugging Face (google/gemma-2b and its kin):
 *
 *     config.json                     the shape of the model
 *     model.safetensors               the weights in one file, or
 *     model.safetensors.index.json    in several, with model-0000N-of-0000M.safetensors
 *     tokenizer.model                 and other files beside them: see beside/read.ts
 *
 * Weights that MLX or bitsandbytes has packed are matrices again (packed/unpacked.ts). Everything else in such a folder (a float32 .gguf) is ignored. Where the weights
 * are there in both forms, the single file is read, as in transformers.
 * @module
 */

import type { Quantization } from "../../hf-quantization.ts";
import { assertOptions } from "../../options.ts";
import { type ByteSource, closeAll } from "../../source/byte-source.ts";
import type { Folder } from "../../source/folder.ts";
import type { RowSource } from "../../tensor/stored.ts";
import { assertNoAdapter } from "../adapter.ts";
import { readBeside } from "../beside/read.ts";
import { type Checkpoint, OPEN_NAMES, type OpenOptions } from "../checkpoint.ts";
import { CONFIG, INDEX, WEIGHTS } from "../file-names.ts";
import { isPackedPart } from "../packed/names.ts";
import type { Unpacked } from "../packed/unpacked.ts";
import { openShards } from "../shards.ts";
import { usualNames } from "../usual-names.ts";
import { assertNotForeign, missing } from "./advice.ts";
import { readSafetensors } from "./read.ts";

const op = "openHfFolder";

/**
 * Opens a Hugging Face folder. Reads the config, the tokenizer and the headers of the weights, not
 * the weights.
 *
 * @throws {FormatError} if a file is missing, damaged or cut short.
 * @throws {UnsupportedError} if it is another family of models.
 */
export async function openHfFolder(folder: Folder, options: OpenOptions = {}): Promise<Checkpoint> {
  assertOptions(op, options, OPEN_NAMES);
  return openJudged(folder, options, false);
}

/**
 * As {@link openHfFolder}.
 * @param isJudged whether other formats have been looked for in the folder, so that no error should advise it.
 */
export async function openJudged(
  folder: Folder,
  { signal }: OpenOptions,
  isJudged = true,
): Promise<Checkpoint> {
  signal?.throwIfAborted();
  await assertNotForeign(folder, isJudged);
  const { config, quantization, ...beside } = await readBeside(op, folder, signal);
  if (!config) throw await missing(folder, CONFIG, isJudged);
  const { tensors, sources } = await openWeights(folder, isJudged, signal);
  try {
    const plain = await matrices(tensors, quantization, folder.name, signal);
    return {
      name: folder.name,
      config,
      ...beside,
      ...(plain.storage !== undefined && { storage: plain.storage }),
      tensors: usualNames(plain.tensors, config),
      close: () => closeAll(sources),
    };
  } catch (error) {
    await closeAll(sources);
    throw error;
  }
}

async function openWeights(
  folder: Folder,
  isJudged: boolean,
  signal?: AbortSignal,
): Promise<{ tensors: ReadonlyMap<string, RowSource>; sources: readonly ByteSource[] }> {
  const single = await folder.open(WEIGHTS);
  if (single) {
    try {
      await assertNoAdapter(op, folder);
      return { tensors: await readSafetensors(single, signal), sources: [single] };
    } catch (error) {
      await closeAll([single]);
      throw error;
    }
  }
  const index = await folder.open(INDEX);
  if (!index) throw await missing(folder, WEIGHTS, isJudged);
  try {
    await assertNoAdapter(op, folder);
    return await openShards(folder, index, signal, readSafetensors);
  } finally {
    await closeAll([index]);
  }
}

/** `tensors` with packed weights as matrices. Few folders have any, so what unpacks them is fetched by those. */
async function matrices(
  tensors: ReadonlyMap<string, RowSource>,
  quantization: Quantization | undefined,
  file: string,
  signal?: AbortSignal,
): Promise<Unpacked> {
  if (![...tensors.keys()].some(isPackedPart)) return { tensors };
  const { unpacked } = await import("../packed/unpacked.ts");
  return unpacked(tensors, quantization, file, signal);
}
