/**
 * Opening whatever one has: a folder, or a file, told apart by what is in it and not by its name.
 * @module
 */
import { FormatError } from "../errors.ts";
import { type ByteSource, closeAll, readExactly } from "../source/byte-source.ts";
import { FILE_KIND_BYTES, fileKind } from "../source/file-kind.ts";
import { assertSource, type Folder, type Source } from "../source/folder.ts";
import type { Checkpoint, OpenOptions } from "./checkpoint.ts";
import { openGguf } from "./gguf/open.ts";
import { holdsWeights, openNpz } from "./numpy/open.ts";
import { openHfFolder } from "./safetensors/open.ts";
import { openTorch, openTorchFolder, torchFiles } from "./torch/open.ts";
import { readZipDirectory } from "./zip/directory.ts";

const op = "openCheckpoint";

/**
 * Opens a checkpoint, which then owns `from` and closes it: also when this fails.
 *
 * @param from a folder as on Hugging Face, or one with files of torch, a GGUF file, or an `.npz`; or one
 * of those files.
 * @throws {FormatError} if it is damaged, or not a whole checkpoint.
 * @throws {UnsupportedError} if it is of another family of models, or in a form that is not read.
 */
export async function openCheckpoint(from: Source, options: OpenOptions = {}): Promise<Checkpoint> {
  const source = assertSource(op, from);
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
  if (kind?.kind === "zip") return openZip(source, options);
  const isSafetensors = head[8] === 0x7b; // "{", behind the length of the header
  throw new FormatError({
    op,
    file,
    expected: "a checkpoint in one file (GGUF, .npz, or of torch), or a folder",
    got: isSafetensors ? "a safetensors file alone" : (kind?.title ?? "a file of no known kind"),
    hint: isSafetensors ? "open the folder it lies in, with its config.json" : kind?.hint,
  });
}

/** Files of torch and of NumPy are zip archives both. */
async function openZip(source: ByteSource, options: OpenOptions): Promise<Checkpoint> {
  const names = (await readZipDirectory(source, options.signal)).map(({ name }) => name);
  if (names.some((name) => /^[^/]+\/data\.pkl$/.test(name))) return openTorch(source, options);
  if (names.some((name) => name.endsWith(".npy"))) return openNpz(source, options);
  const isPacked = names.some((name) => /\.(safetensors|gguf|npz|bin|ckpt|pt|pth)$/i.test(name));
  throw new FormatError({
    op,
    file: source.name,
    expected:
      "a checkpoint of torch (with a data.pkl) or of NumPy (with *.npy) in this zip archive",
    got: names.slice(0, 3).join(", ") || "no member",
    hint: isPacked ? "unpack it, and open what was in it" : "this zip archive is something else",
  });
}

/**
 * A folder from Hugging Face; where there is no such thing, its files of torch, its only GGUF file, or its
 * only `.npz` of weights.
 */
async function openFolderOf(folder: Folder, options: OpenOptions): Promise<Checkpoint> {
  const names = (await folder.list?.()) ?? [];
  if (names.some((name) => name.endsWith(".safetensors"))) return openHfFolder(folder, options);
  const ofTorch = torchFiles(names);
  if (ofTorch.length > 0) return openTorchFolder(folder, ofTorch, options);
  const ggufs = names.filter((name) => name.toLowerCase().endsWith(".gguf"));
  if (ggufs.length > 1) {
    throw new FormatError({
      op,
      file: folder.name,
      expected: "one .gguf file",
      got: ggufs.join(", "),
      hint: "open the one that you mean",
    });
  }
  const gguf = ggufs.length === 1 ? await folder.open(ggufs[0]) : undefined;
  if (gguf) return openCheckpoint(gguf, options);
  const npzs = names.filter((name) => name.toLowerCase().endsWith(".npz"));
  const npz = ggufs.length === 0 ? await findNpz(folder, npzs, options) : undefined;
  if (!npz) return openHfFolder(folder, options);
  try {
    return await openNpz(npz, options, folder);
  } catch (error) {
    await closeAll([npz]);
    throw error;
  }
}

/** The one of these files that holds weights, open. */
async function findNpz(
  folder: Folder,
  names: readonly string[],
  { signal }: OpenOptions,
): Promise<ByteSource | undefined> {
  const found: ByteSource[] = [];
  try {
    for (const name of names) {
      signal?.throwIfAborted();
      const source = await folder.open(name);
      if (!source) continue;
      found.push(source);
      if (!(await holdsWeights(source, signal))) await closeAll(found.splice(-1));
    }
    if (found.length <= 1) return found[0];
    throw new FormatError({
      op,
      file: folder.name,
      expected: "one .npz file of weights",
      got: found.map(({ name }) => name).join(", "),
      hint: "open a folder with the one that you mean and its config.json",
    });
  } catch (error) {
    await closeAll(found);
    throw error;
  }
}
