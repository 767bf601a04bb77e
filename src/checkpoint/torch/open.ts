/**
 * Checkpoints of torch: one file as gemma_pytorch publishes it, or a folder with one, or with Hugging
 * Face's `pytorch_model.bin` in one piece or in shards.
 * @module
 */
import { refusals } from "../../errors.ts";
import { assertOptions } from "../../options.ts";
import type { ByteSource } from "../../source/byte-source.ts";
import { closeAll } from "../../source/byte-source.ts";
import type { Folder } from "../../source/folder.ts";
import { assertNoAdapter } from "../adapter.ts";
import { type Beside, readBeside } from "../beside/read.ts";
import { type Checkpoint, OPEN_NAMES, type OpenOptions } from "../checkpoint.ts";
import { TORCH_INDEX, TORCH_WEIGHTS } from "../file-names.ts";
import { openShards, type Shards } from "../shards.ts";
import { usualNames } from "../usual-names.ts";
import type { ZipMember } from "../zip/directory.ts";
import { gemmaTensors, releasedConfig } from "./gemma.ts";
import { readTorch, type TorchTensor } from "./read.ts";

const op = "openTorchFolder";

/**
 * Opens one file of torch, which the checkpoint then owns. Its config is that of the released model with
 * its width.
 * @param directory its members, where they have been read already.
 * @throws as {@link readTorch}.
 */
export async function openTorch(
  source: ByteSource,
  options: OpenOptions = {},
  directory?: readonly ZipMember[],
): Promise<Checkpoint> {
  assertOptions("openTorch", options, OPEN_NAMES);
  const { signal } = options;
  const shards = { tensors: await readTorch(source, signal, directory), sources: [source] };
  return checkpointOf(source.name, shards);
}

/**
 * Opens a folder with files of torch, named `files`: pytorch_model.bin if it is among them, or the shards of
 * its index, or the only one.
 * @throws {FormatError} if there are several others. And as {@link readTorch}.
 */
export async function openTorchFolder(
  folder: Folder,
  files: readonly string[],
  options: OpenOptions = {},
): Promise<Checkpoint> {
  assertOptions("openTorchFolder", options, OPEN_NAMES);
  const { signal } = options;
  await assertNoAdapter(op, folder);
  const beside = await readBeside(op, folder, signal);
  const shards = await openFiles(folder, files, signal);
  try {
    return checkpointOf(folder.name, shards, beside);
  } catch (error) {
    await closeAll(shards.sources);
    throw error;
  }
}

function checkpointOf(
  name: string,
  shards: Shards<TorchTensor>,
  { quantization: _, ...beside }: Partial<Beside> = {},
): Checkpoint {
  const { sources } = shards;
  const tensors = usualNames(shards.tensors, beside.config);
  const config = beside.config ?? releasedConfig(tensors, name);
  return {
    ...beside,
    name,
    config,
    tensors: gemmaTensors(tensors, config, name),
    close: () => closeAll(sources),
  };
}

async function openFiles(
  folder: Folder,
  files: readonly string[],
  signal?: AbortSignal,
): Promise<Shards<TorchTensor>> {
  // As transformers: an index that was left there is another model's.
  const usual = files.includes(TORCH_WEIGHTS) ? await folder.open(TORCH_WEIGHTS) : undefined;
  const index = usual ? undefined : await folder.open(TORCH_INDEX);
  if (index) {
    try {
      return await openShards(folder, index, signal, readTorch);
    } finally {
      await closeAll([index]);
    }
  }
  const source = usual ?? (files.length === 1 ? await folder.open(files[0]) : undefined);
  if (!source) {
    const expected = `one file of weights, or ${TORCH_INDEX}`;
    const got = files.join(", ") || "none";
    throw refusals(op, folder.name).format(undefined, expected, got, adviceOn(files));
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
  const mean = "open a folder with the one that you mean and its config.json";
  const parts = files.map((name) => /^hf_model_(\d{4})_(\d+)\.pt$/.exec(name));
  if (files.length > 0 && parts.every((part) => part !== null)) {
    const names = "hf_model_PART_EPOCH.pt";
    const count = (group: number) => new Set(parts.map((part) => part[group])).size;
    if (count(1) === 1) return `torchtune saves a model after each epoch (${names}): ${mean}`;
    const all = count(2) === 1 ? "each" : "each of one epoch";
    return `torchtune saves a model in parts (${names}): ${join.replace("each", all)}`;
  }
  if (files.some((name) => /-\d+-of-\d+\.\w+$/.test(name))) {
    return `the parts of one model need their index: download ${TORCH_INDEX}, too`;
  }
  const [shape, ...others] = files.map((name) => name.replace(/\d+/g, "#"));
  return others.every((other) => other === shape)
    ? `if each is a whole model, ${mean}; if they are parts of one, ${join}`
    : mean;
}
