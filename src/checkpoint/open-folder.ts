/**
 * Which files of a folder are its model. What transformers would open is opened: model.safetensors, or else the
 * shards of its index, or else pytorch_model.bin, or else the shards of its index; what lies beside is not looked
 * at, but for an adapter. Only where none of these is there, other files are.
 * @module
 */
import { ArgumentError, refusals } from "../errors.ts";
import { type ByteSource, closeAll } from "../source/byte-source.ts";
import { type Folder, inFolder } from "../source/folder.ts";
import { adapterFiles, foreignFormat, ggufModels } from "../source/folder-kind.ts";
import { assertNoAdapter } from "./adapter.ts";
import type { Checkpoint, OpenOptions } from "./checkpoint.ts";
import { INDEX, TORCH_INDEX, TORCH_WEIGHTS, torchFiles, WEIGHTS } from "./file-names.ts";
import { gemmaFiles } from "./safetensors/find.ts";
import { openHfFolder, openJudged } from "./safetensors/open.ts";
import type { ZipMember } from "./zip/directory.ts";

const op = "openCheckpoint";

/** Opens a checkpoint in one file. */
export type OpenFile = (source: ByteSource, options: OpenOptions) => Promise<Checkpoint>;

/**
 * Opens the model in a folder.
 * @param openFile opens the one that is a file of its own.
 * @throws as `openCheckpoint`.
 */
export async function openFolderOf(
  from: Folder,
  options: OpenOptions,
  openFile: OpenFile,
): Promise<Checkpoint> {
  const names = await from.list?.();
  if (!names) return openHfFolder(from, options);
  const folder = ofFiles(from, names);
  if (names.includes(WEIGHTS) || names.includes(INDEX)) return openHfFolder(folder, options);
  if (names.includes(TORCH_WEIGHTS) || names.includes(TORCH_INDEX)) {
    const { openTorchFolder } = await import("./torch/open.ts");
    return openTorchFolder(folder, torchFiles(names), options);
  }
  const ofAdapter = adapterFiles(names);
  return openOthers(
    folder,
    names.filter((name) => !ofAdapter.includes(name)),
    options,
    openFile,
  );
}

/** Opens the only model under another name; `names` are without an adapter's. */
async function openOthers(
  folder: Folder,
  names: readonly string[],
  options: OpenOptions,
  openFile: OpenFile,
): Promise<Checkpoint> {
  const { signal } = options;
  if ((await gemmaFiles(folder, names, signal)).length > 0) return openJudged(folder, options);
  const { findTorch } = await import("./torch/find.ts");
  const { openTorchFolder } = await import("./torch/open.ts");
  const { gemmas, others, failure } = await findTorch(folder, torchFiles(names), signal);
  if (gemmas.length > 0) return openTorchFolder(folder, gemmas, options);
  const gguf = await findGguf(folder, names);
  if (gguf) {
    await assertAlone(folder, gguf.source);
    const opened = await owned(gguf.source, openFile(gguf.source, options));
    if (gguf.files.length === 1 || opened.storage !== undefined) return opened;
    await opened.close();
    const expected = "parts of one model, by their names";
    const got = `no part of one in ${gguf.files[0]}`;
    throw refusals(op, folder.name).format("split.count", expected, got, "open it by itself");
  }
  const npz = await findNpz(folder, names, options);
  if (npz) {
    await assertAlone(folder, npz.source);
    const { openNpz } = await import("./numpy/open.ts");
    return owned(npz.source, openNpz(npz.source, options, folder, npz.members));
  }
  if (others.length > 0 && !foreignFormat(names)) return openTorchFolder(folder, others, options);
  if (failure) throw failure;
  return openJudged(folder, options);
}

/** The endings of files that are opened because of their names. A folder may have such a name. */
const WEIGHTS_ENDING = /\.(safetensors|gguf|npz|bin|ckpt|pt|pth)$/i;

/** The files of a folder, which has been listed: others are not looked for, and a folder among them is not opened. */
function ofFiles(folder: Folder, names: readonly string[]): Folder {
  return {
    name: folder.name,
    list: async () => [...names],
    async open(file) {
      if (!names.includes(file)) return undefined;
      try {
        return await folder.open(file);
      } catch (error) {
        // Of the names that a folder lists itself, only that of a folder or a device is not to be opened.
        if (error instanceof ArgumentError && WEIGHTS_ENDING.test(file)) return undefined;
        throw error;
      }
    },
  };
}

/** Closes `source` if it cannot be opened as a checkpoint. */
async function owned(source: ByteSource, opening: Promise<Checkpoint>): Promise<Checkpoint> {
  try {
    return await opening;
  } catch (error) {
    await closeAll([source]);
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

/** A GGUF file that is open, and the names of it and of its other parts. */
interface Ggufs {
  readonly source: ByteSource;
  readonly files: readonly string[];
}

/** The only GGUF file, or the first part of the only one in parts, if there is one. */
async function findGguf(folder: Folder, names: readonly string[]): Promise<Ggufs | undefined> {
  const found = new Map<string, ByteSource>();
  for (const name of names.filter((candidate) => candidate.toLowerCase().endsWith(".gguf"))) {
    const source = await folder.open(name);
    if (source) found.set(name, source);
  }
  const ggufs = ggufModels([...found.keys()]);
  const [first] = ggufs[0] ?? [];
  const source = found.get(first);
  if (source && ggufs.length === 1) {
    found.delete(first);
    await closeAll([...found.values()]);
    return { source: inFolder(source, first, folder), files: ggufs[0] };
  }
  await closeAll([...found.values()]);
  if (ggufs.length === 0) return undefined;
  const parts = ggufs.find(({ length }) => length > 1);
  const hint = `open the one that you mean${parts ? `; of one in parts, the first: ${parts[0]}` : ""}`;
  const got = ggufs.map((files) => files.join(" with ")).join(", ");
  throw refusals(op, folder.name).format(undefined, "one .gguf file", got, hint);
}

/** An archive that is open, and its directory. */
interface Archive {
  readonly source: ByteSource;
  readonly members: readonly ZipMember[];
}

/** The only one of these archives that holds weights, if there is one. */
async function findNpz(
  folder: Folder,
  all: readonly string[],
  { signal }: OpenOptions,
): Promise<Archive | undefined> {
  const names = all.filter((name) => name.toLowerCase().endsWith(".npz"));
  if (names.length === 0) return undefined;
  const { holdsWeights } = await import("./numpy/open.ts");
  const { readZipDirectory } = await import("./zip/directory.ts");
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
