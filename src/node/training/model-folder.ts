/**
 * A model that has learnt, as the files that every other command opens, and transformers and vLLM, too; and an adapter, as
 * PEFT opens it.
 * @module
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { hfFiles } from "../../checkpoint/beside/write.ts";
import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import type { SafetensorsType } from "../../checkpoint/encode/encode.ts";
import { writeSafetensors } from "../../checkpoint/safetensors/write.ts";
import { refusals } from "../../errors.ts";
import type { FileStream } from "../../source/file-stream.ts";
import { systemError } from "../system-error.ts";
import { writeFileAtomically } from "../write-atomically.ts";

/**
 * Writes config.json, tokenizer.model and model.safetensors into a folder, which is made if it is not there. Each file appears
 * when it is whole, the weights last.
 * @param checkpoint what the model was, with the weights that it has now.
 * @param type of the weights: "BF16", as models are released, or "F32".
 */
export async function writeModelFolder(
  path: string,
  checkpoint: Checkpoint,
  type: SafetensorsType,
): Promise<void> {
  await made(path);
  for (const [name, bytes] of hfFiles(checkpoint, type)) {
    await writeFileAtomically(join(path, name), bytes);
  }
  const weights = writeSafetensors(checkpoint.tensors, { type });
  await writeFileAtomically(join(path, "model.safetensors"), weights.chunks());
}

/** Writes files, such as those of `writeAdapter`, into a folder, which is made if it is not there. */
export async function writeFiles(
  path: string,
  files: ReadonlyMap<string, FileStream>,
): Promise<void> {
  await made(path);
  for (const [name, stream] of files) await writeFileAtomically(join(path, name), stream.chunks());
}

async function made(path: string): Promise<void> {
  await mkdir(path, { recursive: true }).catch((error) => {
    throw systemError(refusals("writeModelFolder", path), "a folder to write into", error);
  });
}
