/**
 * Opening a checkpoint of any format: a file, recognised by its bytes and not by its name, or a folder,
 * recognised by the names of its files.
 * @module
 */
import { refusals } from "../errors.ts";
import { assertOptions } from "../options.ts";
import { type ByteSource, closeAll, readExactly } from "../source/byte-source.ts";
import { FILE_KIND_BYTES, fileKind, SAFETENSORS_HINT } from "../source/file-kind.ts";
import { assertSource, type Source } from "../source/folder.ts";
import { foreignFormat } from "../source/folder-kind.ts";
import { type Checkpoint, OPEN_NAMES, type OpenOptions } from "./checkpoint.ts";
import { ollamaBlob } from "./ollama-blob.ts";
import { openFolderOf } from "./open-folder.ts";

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
  if ("open" in source) {
    assertOptions(op, options, OPEN_NAMES);
    return openFolderOf(source, options, openFile);
  }
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
  assertOptions(op, options, OPEN_NAMES);
  const { name: file, size } = source;
  const end = Math.min(size, FILE_KIND_BYTES);
  const head = first ?? (await readExactly(op, source, 0, end, options.signal));
  const kind = fileKind(head);
  if (kind?.kind === "gguf") {
    const { openGguf } = await import("./gguf/open.ts");
    return openGguf(source, options, head);
  }
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
  const { readZipDirectory, someOf } = await import("./zip/directory.ts");
  const members = await readZipDirectory(source, options.signal);
  const names = members.map(({ name }) => name);
  if (names.some((name) => /^[^/]+\/data\.pkl$/.test(name))) {
    const { openTorch } = await import("./torch/open.ts");
    return openTorch(source, options, members);
  }
  if (names.some((name) => name.endsWith(".npy"))) {
    const { openNpz } = await import("./numpy/open.ts");
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
