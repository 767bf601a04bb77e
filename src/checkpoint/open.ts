/**
 * Opening a checkpoint of any format: a file, recognised by its bytes and not by its name, or a folder,
 * recognised by the names of its files.
 * @module
 */
import { refusals } from "../errors.ts";
import { type ByteSource, closeAll, readExactly } from "../source/byte-source.ts";
import { FILE_KIND_BYTES, fileKind, SAFETENSORS_HINT } from "../source/file-kind.ts";
import { assertSource, type Folder, type Source } from "../source/folder.ts";
import { adapterFiles, foreignFormat, isSplitGguf, SPLIT_HINT } from "../source/folder-kind.ts";
import { assertNoAdapter } from "./adapter.ts";
import type { Checkpoint, OpenOptions } from "./checkpoint.ts";
import { torchFiles } from "./file-names.ts";
import { openGguf } from "./gguf/open.ts";
import { holdsWeights, openNpz } from "./numpy/open.ts";
import { ollamaBlob } from "./ollama-blob.ts";
import { openHfFolder } from "./safetensors/open.ts";
import { openTorch, openTorchFolder } from "./torch/open.ts";
import { readZipDirectory, someOf, type ZipMember } from "./zip/directory.ts";

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

/**
 * Opens a checkpoint in one file, which the checkpoint then owns.
 * @param first the first bytes of the file, where they have been read already.
 * @throws as {@link openCheckpoint}.
 */
export async function openFile(
  source: ByteSource,
  options: OpenOptions,
  first?: Uint8Array,
): Promise<Checkpoint> {
  const { name: file, size } = source;
  const end = Math.min(size, FILE_KIND_BYTES);
  const head = first ?? (await readExactly(op, source, 0, end, options.signal));
  const kind = fileKind(head);
  if (kind?.kind === "gguf") return openGguf(source, options, head);
  if (kind?.kind === "zip") return openZip(source, options);
  const refuse = refusals(op, file);
  const expected = "a checkpoint in one file (GGUF, .npz, or of torch), or a folder";
  const isSafetensors = head[8] === 0x7b; // "{", after the length of the header
  if (isSafetensors) {
    const hint = "open the folder it lies in, with its config.json";
    throw refuse.format(undefined, expected, "a safetensors file alone", hint);
  }
  const hint = kind?.kind === "json" ? await ollamaBlob(source, options.signal) : undefined;
  const got = kind?.title ?? "a file of unknown kind";
  throw refuse.format(undefined, expected, got, hint ?? kind?.hint);
}

/** Files of torch and of NumPy are both zip archives. */
async function openZip(source: ByteSource, options: OpenOptions): Promise<Checkpoint> {
  const members = await readZipDirectory(source, options.signal);
  const names = members.map(({ name }) => name);
  if (names.some((name) => /^[^/]+\/data\.pkl$/.test(name))) {
    return openTorch(source, options, members);
  }
  if (names.some((name) => name.endsWith(".npy"))) {
    return openNpz(source, options, undefined, members);
  }
  const isMediaPipe = names.some((name) => name.startsWith("TF_LITE_"));
  const isPacked = names.some((name) => /\.(safetensors|gguf|npz|bin|ckpt|pt|pth)$/i.test(name));
  const expected =
    "a checkpoint of torch (with a data.pkl) or of NumPy (with *.npy) in this zip archive";
  const refuse = refusals(op, source.name);
  if (isMediaPipe) {
    throw refuse.format(undefined, expected, "a .task file of MediaPipe", SAFETENSORS_HINT);
  }
  const packed = isPacked ? "unpack it, and open its content" : undefined;
  const hint = packed ?? foreignFormat(names) ?? "this zip archive is something else";
  throw refuse.format(undefined, expected, someOf(members), hint);
}

/**
 * A folder as on Hugging Face; without safetensors, its files of torch, its only GGUF file, or its only `.npz`
 * of weights.
 */
async function openFolderOf(folder: Folder, options: OpenOptions): Promise<Checkpoint> {
  const names = (await folder.list?.()) ?? [];
  const ofAdapter = adapterFiles(names);
  const isOurs = (name: string) => name.endsWith(".safetensors") && !ofAdapter.includes(name);
  if (names.some(isOurs)) return openHfFolder(folder, options);
  const ofTorch = torchFiles(names);
  if (ofTorch.length > 0) return openTorchFolder(folder, ofTorch, options);
  const ggufs = names.filter((name) => name.toLowerCase().endsWith(".gguf"));
  if (ggufs.length > 1) {
    const refuse = refusals(op, folder.name);
    const [expected, got] = ["one .gguf file", ggufs.join(", ")];
    if (isSplitGguf(ggufs)) throw refuse.unsupported(undefined, expected, got, SPLIT_HINT);
    throw refuse.format(undefined, expected, got, "open the one that you mean");
  }
  const gguf = ggufs.length === 1 ? await folder.open(ggufs[0]) : undefined;
  if (gguf) {
    await assertAlone(folder, gguf);
    return openCheckpoint(gguf, options);
  }
  const npzs = names.filter((name) => name.toLowerCase().endsWith(".npz"));
  const npz = ggufs.length === 0 ? await findNpz(folder, npzs, options) : undefined;
  if (!npz) return openHfFolder(folder, options);
  await assertAlone(folder, npz.source);
  try {
    return await openNpz(npz.source, options, folder, npz.members);
  } catch (error) {
    await closeAll([npz.source]);
    throw error;
  }
}

/** Closes `weights` if an adapter lies beside them. */
async function assertAlone(folder: Folder, weights: ByteSource): Promise<void> {
  try {
    await assertNoAdapter(op, folder);
  } catch (error) {
    await closeAll([weights]);
    throw error;
  }
}

/** An archive that is open, and its directory. */
interface Archive {
  readonly source: ByteSource;
  readonly members: readonly ZipMember[];
}

/** The only one of these archives that holds weights, if there is one. */
async function findNpz(
  folder: Folder,
  names: readonly string[],
  { signal }: OpenOptions,
): Promise<Archive | undefined> {
  const found: Archive[] = [];
  const sources: ByteSource[] = [];
  try {
    for (const name of names) {
      signal?.throwIfAborted();
      const source = await folder.open(name);
      if (!source) continue;
      sources.push(source);
      const members = await readZipDirectory(source, signal);
      if (await holdsWeights(source, signal, members)) found.push({ source, members });
      else await closeAll(sources.splice(-1));
    }
  } catch (error) {
    await closeAll(sources);
    throw error;
  }
  if (found.length <= 1) return found[0];
  await closeAll(sources);
  const hint = "open a folder with the one that you mean and its config.json";
  const got = found.map(({ source }) => source.name).join(", ");
  throw refusals(op, folder.name).format(undefined, "one .npz file of weights", got, hint);
}
