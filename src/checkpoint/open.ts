/**
 * Opening whatever one has: a folder, or a file, told apart by what is in it and not by its name.
 * @module
 */
import { FormatError } from "../errors.ts";
import { type ByteSource, readExactly } from "./byte-source.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { FILE_KIND_BYTES, fileKind } from "./file-kind.ts";
import type { Folder } from "./folder.ts";
import { openGguf } from "./gguf-gemma.ts";
import { type OpenOptions, openHfFolder } from "./hf-folder.ts";
import { closeAll } from "./sharded.ts";
import { openTorch, openTorchFolder, torchFiles } from "./torch-checkpoint.ts";

const op = "openCheckpoint";

/**
 * Opens a checkpoint, which then owns `source` and closes it: also when this fails.
 *
 * @param source a folder as on Hugging Face, or one with files of torch, or with a GGUF file; or one of
 * those files.
 * @throws {FormatError} if it is damaged, or not a whole checkpoint.
 * @throws {UnsupportedError} if it is of another family of models, or in a form that is not read.
 */
export async function openCheckpoint(
  source: Folder | ByteSource,
  options: OpenOptions = {},
): Promise<Checkpoint> {
  if ("open" in source) return openFolderOf(source, options);
  try {
    return await openFile(source, options);
  } catch (error) {
    await closeAll([source]);
    throw error;
  }
}

async function openFile(source: ByteSource, options: OpenOptions): Promise<Checkpoint> {
  const { name: file, size } = source;
  const head = await readExactly(op, source, 0, Math.min(size, FILE_KIND_BYTES), options.signal);
  const kind = fileKind(head);
  if (kind?.kind === "gguf") return openGguf(source, options);
  if (kind?.kind === "zip") return openTorch(source, options);
  const isSafetensors = head[8] === 0x7b; // "{", behind the length of the header
  throw new FormatError({
    op,
    file,
    expected: "a checkpoint in one file (GGUF, or of torch), or a folder",
    got: isSafetensors ? "a safetensors file alone" : (kind?.title ?? "a file of no known kind"),
    hint: isSafetensors ? "open the folder it lies in, with its config.json" : kind?.hint,
  });
}

/** A folder from Hugging Face; where there is no such thing, its files of torch, or its only GGUF file. */
async function openFolderOf(folder: Folder, options: OpenOptions): Promise<Checkpoint> {
  const names = (await folder.list?.()) ?? [];
  if (names.some((name) => name.endsWith(".safetensors"))) return openHfFolder(folder, options);
  const ofTorch = torchFiles(names);
  if (ofTorch.length > 0) return openTorchFolder(folder, ofTorch, options);
  const ggufs = names.filter((name) => name.toLowerCase().endsWith(".gguf"));
  const source = ggufs.length === 1 ? await folder.open(ggufs[0]) : undefined;
  return source ? openCheckpoint(source, options) : openHfFolder(folder, options);
}
