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
import { type Beside, readBeside } from "../beside/read.ts";
import { type Checkpoint, OPEN_NAMES, type OpenOptions } from "../checkpoint.ts";
import { openShards, type Shards } from "../shards.ts";
import type { ZipMember } from "../zip/directory.ts";
import { gemmaTensors, releasedConfig } from "./gemma.ts";
import { readTorch, type TorchTensor } from "./read.ts";

const op = "openTorchFolder";

const INDEX = "pytorch_model.bin.index.json";
/** Files that trainers leave beside a model. */
const NO_MODEL = /^(training_args|optimizer|scheduler|rng_state).*\.(bin|pt|pth)$/;

/** The files of a folder that may be a model saved by torch, by their names. */
export function torchFiles(names: readonly string[]): string[] {
  return names.filter((name) => /\.(ckpt|bin|pt|pth)$/i.test(name) && !NO_MODEL.test(name));
}

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
 * Opens a folder with files of torch, named `files`.
 * @throws {FormatError} if there are several files without an index. And as {@link readTorch}.
 */
export async function openTorchFolder(
  folder: Folder,
  files: readonly string[],
  options: OpenOptions = {},
): Promise<Checkpoint> {
  assertOptions("openTorchFolder", options, OPEN_NAMES);
  const { signal } = options;
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
  { tensors, sources }: Shards<TorchTensor>,
  beside: Partial<Beside> = {},
): Checkpoint {
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
    const refuse = refusals(op, folder.name);
    throw refuse.format(undefined, expected, files.join(", "), "open the file that you mean");
  }
  try {
    return { tensors: await readTorch(source, signal), sources: [source] };
  } catch (error) {
    await closeAll([source]);
    throw error;
  }
}
