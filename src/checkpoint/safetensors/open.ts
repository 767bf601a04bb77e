/**
 * A Gemma 1 checkpoint as it lies on Hugging Face (google/gemma-2b and its kin):
 *
 *     config.json                     the shape of the model
 *     model.safetensors               the weights in one file, or
 *     model.safetensors.index.json    in several, with model-0000N-of-0000M.safetensors
 *     tokenizer.model                 SentencePiece, or
 *     tokenizer.json                  the same, converted; optional
 *
 * Everything else in such a folder (generation_config.json, a float32 .gguf) is ignored. Where the weights
 * are there in both forms, the single file is read, as in transformers.
 * @module
 */
import type { GemmaConfig } from "../../config.ts";
import { type ByteSource, closeAll } from "../../source/byte-source.ts";
import type { Folder } from "../../source/folder.ts";
import type { RowSource } from "../../tensor/stored.ts";
import { assertNoAdapter } from "../adapter.ts";
import type { Checkpoint, OpenOptions } from "../checkpoint.ts";
import { findConfig, findTokenizer } from "../config-and-tokenizer.ts";
import { CONFIG, INDEX, WEIGHTS } from "../file-names.ts";
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
export async function openHfFolder(
  folder: Folder,
  { signal }: OpenOptions = {},
): Promise<Checkpoint> {
  signal?.throwIfAborted();
  await assertNotForeign(folder);
  const config = await readConfig(folder, signal);
  const tokenizer = await findTokenizer(op, folder, signal);
  const { tensors, sources } = await openWeights(folder, signal);
  return {
    name: folder.name,
    config,
    tensors: usualNames(tensors, config),
    ...(tokenizer && { tokenizer }),
    close: () => closeAll(sources),
  };
}

async function readConfig(folder: Folder, signal?: AbortSignal): Promise<GemmaConfig> {
  const config = await findConfig(op, folder, signal);
  if (!config) throw missing(folder, CONFIG, await folder.list?.());
  return config;
}

async function openWeights(
  folder: Folder,
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
  if (!index) throw missing(folder, WEIGHTS, await folder.list?.());
  try {
    await assertNoAdapter(op, folder);
    return await openShards(folder, index, signal, readSafetensors);
  } finally {
    await closeAll([index]);
  }
}
