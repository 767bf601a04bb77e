/**
 * Checkpoints of torch: one file as gemma_pytorch publishes it, or a folder with one, or with Hugging
 * Face's `pytorch_model.bin` in one piece or in shards.
 * @module
 */
import type { GemmaConfig } from "../../config.ts";
import { refusals } from "../../errors.ts";
import type { ByteSource } from "../../source/byte-source.ts";
import { closeAll } from "../../source/byte-source.ts";
import type { Folder } from "../../source/folder.ts";
import { assertNoAdapter } from "../adapter.ts";
import type { Checkpoint, OpenOptions } from "../checkpoint.ts";
import { findConfig, findTokenizer } from "../config-and-tokenizer.ts";
import { openShards, type Shards } from "../shards.ts";
import { usualNames } from "../usual-names.ts";
import type { ZipMember } from "../zip/directory.ts";
import { gemmaTensors, releasedConfig } from "./gemma.ts";
import { readTorch, type TorchTensor } from "./read.ts";

const op = "openTorchFolder";

const INDEX = "pytorch_model.bin.index.json";
/**
 * Opens one file of torch, which the checkpoint then owns. Its config is that of the released model with
 * its width.
 * @param directory its members, where they have been read already.
 * @throws as {@link readTorch}.
 */
export async function openTorch(
  source: ByteSource,
  { signal }: OpenOptions = {},
  directory?: readonly ZipMember[],
): Promise<Checkpoint> {
  const shards = { tensors: await readTorch(source, signal, directory), sources: [source] };
  return checkpointOf(source.name, shards);
}

/**
 * Opens a folder with files of torch, named `files`.
 * @throws {FormatError} if there are several files without an index. And as {@link readTorch}.
 */
export async function openTorchFolder(
  folder: Folder,
  files: readonly string[],
  { signal }: OpenOptions = {},
): Promise<Checkpoint> {
  await assertNoAdapter(op, folder);
  const config = await findConfig(op, folder, signal);
  const tokenizer = await findTokenizer(op, folder, signal);
  const shards = await openFiles(folder, files, signal);
  try {
    return { ...checkpointOf(folder.name, shards, config), ...(tokenizer && { tokenizer }) };
  } catch (error) {
    await closeAll(shards.sources);
    throw error;
  }
}

function checkpointOf(name: string, shards: Shards<TorchTensor>, config?: GemmaConfig): Checkpoint {
  const { sources } = shards;
  const tensors = usualNames(shards.tensors, config);
  const known = config ?? releasedConfig(tensors, name);
  return {
    name,
    config: known,
    tensors: gemmaTensors(tensors, known, name),
    close: () => closeAll(sources),
  };
}

async function openFiles(
  folder: Folder,
  files: readonly string[],
  signal?: AbortSignal,
): Promise<Shards<TorchTensor>> {
  const index = await folder.open(INDEX);
  if (index) {
    try {
      return await openShards(folder, index, signal, readTorch);
    } finally {
      await closeAll([index]);
    }
  }
  const source = files.length === 1 ? await folder.open(files[0]) : undefined;
  if (!source) {
    const expected = `one file of weights, or ${INDEX}`;
    throw refusals(op, folder.name).format(undefined, expected, files.join(", "), adviceOn(files));
  }
  try {
    return { tensors: await readTorch(source, signal), sources: [source] };
  } catch (error) {
    await closeAll([source]);
    throw error;
  }
}

/** The next step with several files and no index. A part of a model must not be taken for it. */
function adviceOn(files: readonly string[]): string {
  const join =
    "load each with torch.load, put all of their tensors into one dict, and torch.save that";
  if (files.every((name) => /^hf_model_\d{4}_\d+\.pt$/.test(name))) {
    return `torchtune saves a model in parts (hf_model_PART_EPOCH.pt): ${join}`;
  }
  if (files.some((name) => /-\d+-of-\d+\.\w+$/.test(name))) {
    return `the parts of one model need their index: download ${INDEX}, too`;
  }
  const [shape, ...others] = files.map((name) => name.replace(/\d+/g, "#"));
  const mean = "open the file that you mean";
  return others.every((other) => other === shape)
    ? `if each is a whole model, ${mean}; if they are parts of one, ${join}`
    : mean;
}
