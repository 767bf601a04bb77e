/**
 * A checkpoint as NumPy's `.npz`: for people with NumPy and nothing else, and as MLX and JAX scripts save
 * weights. A zip archive, zip64 where it has to be, with
 *
 *     config.json        Hugging Face's, as in their folders
 *     tokenizer.model    SentencePiece; optional
 *     NAME.npy           a tensor each, by Hugging Face name; norms as w, without the 1 that is added
 *
 * of which `numpy.load` gives the tensors as arrays, the other two as bytes. Dtypes are `<f8`, `<f4`, `<f2`,
 * and for bfloat16 `V2`, two bytes without a meaning to NumPy, as ml_dtypes, JAX and MLX save it:
 * `array.view(ml_dtypes.bfloat16)`. Where an archive has no config.json, as `numpy.savez` alone makes it,
 * the files beside it are taken.
 *
 * Members are stored as they are by `numpy.savez`, and read by rows. Those that `numpy.savez_compressed`
 * deflated are read too, which takes longer: a row is reached through all before it (zip/member.ts, which also
 * says which checksums are checked). Nothing is unpickled.
 * https://numpy.org/doc/stable/reference/generated/numpy.savez.html
 * @module
 */
import type { GemmaConfig } from "../../config.ts";
import { FormatError, type GemmaError, UnsupportedError } from "../../errors.ts";
import { fromHfConfig } from "../../hf-config.ts";
import { assertSmall, type ByteSource, closeAll, MAX_TEXT } from "../../source/byte-source.ts";
import type { Folder } from "../../source/folder.ts";
import { parseJsonObject } from "../../source/json.ts";
import { BYTES_PER_ELEMENT, type RowSource } from "../../tensor/stored.ts";
import { formatShape } from "../../tensor/tensor.ts";
import type { Checkpoint, OpenOptions } from "../checkpoint.ts";
import { findConfig, findTokenizer } from "../config-and-tokenizer.ts";
import { NUMPY_DTYPES } from "../dtypes.ts";
import { fileRows, unreadable } from "../file-rows.ts";
import { tokenizerFile } from "../tokenizer-file.ts";
import { readZipDirectory, type ZipMember } from "../zip/directory.ts";
import { memberSource, readMember } from "../zip/member.ts";
import { readNpyHeader } from "./npy-header.ts";

const op = "openNpz";
const CONFIG = "config.json";
const TOKENIZER = "tokenizer.model";

/**
 * Headers that are read at once: of a server, one after another would take seconds. Each listens to the
 * caller's signal, and of more than ten Node says that they may be a leak.
 */
const AT_ONCE = 8;

/**
 * Weights deflate to a half or, of small integers, to a tenth. What would become more than this many times
 * the file, and more than {@link SMALL}, is no model but a bomb.
 */
const MAX_INFLATION = 16;
const SMALL = 2 ** 26;

/**
 * Opens an `.npz`, which the checkpoint then owns. Reads the directory and the headers of the arrays, not the
 * arrays. One that no weight can be (integers, column-major order) is listed too; asking for its `dtype` or
 * its rows is an {@link UnsupportedError}.
 *
 * @param folder where it lies: of config and tokenizer it has those that the archive has not.
 * @param directory its members, where they have been read already.
 * @throws {FormatError} if it is no such archive, has no config, or is damaged or cut short.
 * @throws {UnsupportedError} if it is packed in a way that is not read, or of another family of models.
 */
export async function openNpz(
  source: ByteSource,
  { signal }: OpenOptions = {},
  folder?: Folder,
  directory?: readonly ZipMember[],
): Promise<Checkpoint> {
  const members = directory ?? (await readZipDirectory(source, signal));
  assertNoBomb(members, source);
  const byName = new Map(members.map((member) => [member.name, member]));
  const config =
    (await configIn(source, byName.get(CONFIG), signal)) ??
    (folder && (await findConfig(folder, signal)));
  if (!config) throw noConfig(source.name, members);
  const inside = byName.get(TOKENIZER);
  const tokenizer = inside
    ? tokenizerFile(await readSmall(source, inside, signal), `${source.name}/${TOKENIZER}`)
    : folder && (await findTokenizer(folder, signal));
  return {
    name: folder?.name ?? source.name,
    config,
    tensors: await readTensors(source, members, signal),
    ...(tokenizer && { tokenizer }),
    close: () => closeAll([source]),
  };
}

/** Whether the archive holds weights under Hugging Face's names: golden data are `.npz` files too. */
export async function holdsWeights(
  source: ByteSource,
  signal?: AbortSignal,
  directory?: readonly ZipMember[],
): Promise<boolean> {
  const members = directory ?? (await readZipDirectory(source, signal));
  return members.some(({ name }) => isWeight(name));
}

function isWeight(member: string): boolean {
  return /^model\.(embed_tokens|layers|norm)\..*\.npy$/.test(member);
}

async function configIn(
  source: ByteSource,
  member: ZipMember | undefined,
  signal?: AbortSignal,
): Promise<GemmaConfig | undefined> {
  if (!member) return undefined;
  const file = `${source.name}/${CONFIG}`;
  return fromHfConfig(
    parseJsonObject(await readSmall(source, member, signal, MAX_TEXT), op, file),
    file,
  );
}

function readSmall(
  source: ByteSource,
  member: ZipMember,
  signal?: AbortSignal,
  most?: number,
): Promise<Uint8Array> {
  assertSmall(op, { name: `${source.name}/${member.name}`, size: member.size }, most);
  return readMember(source, member, signal);
}

/** The tensors, in the order of the directory. */
async function readTensors(
  source: ByteSource,
  members: readonly ZipMember[],
  signal?: AbortSignal,
): Promise<Map<string, RowSource>> {
  const arrays = members.filter(({ name }) => name.endsWith(".npy"));
  const tensors = new Map<string, RowSource>();
  for (let i = 0; i < arrays.length; i += AT_ONCE) {
    const some = arrays.slice(i, i + AT_ONCE);
    // All of them settle before one that failed is thrown, for the caller then closes the source.
    const settled = await Promise.allSettled(
      some.map((member) => readTensor(source, member, signal)),
    );
    for (const result of settled) {
      if (result.status === "rejected") throw result.reason;
      tensors.set(result.value.name, result.value);
    }
  }
  return tensors;
}

async function readTensor(
  source: ByteSource,
  member: ZipMember,
  signal?: AbortSignal,
): Promise<RowSource> {
  const name = member.name.slice(0, -".npy".length);
  const file = `${source.name}/${member.name}`;
  const data = await memberSource(source, member, signal);
  const { descr, fortranOrder, shape, dataBegin } = await readNpyHeader(data, file, signal);
  const refuse = (expected: string, got: string, hint: string) =>
    unreadable(name, shape, unsupported(file, expected, got, hint));
  if (!Object.hasOwn(NUMPY_DTYPES, descr)) {
    const expected = `one of ${Object.keys(NUMPY_DTYPES).join(", ")}`;
    return refuse(expected, descr, 'save array.astype("<f4")');
  }
  if (fortranOrder) {
    return refuse("row-major order", "fortran_order", "save numpy.ascontiguousarray(array)");
  }
  const dtype = NUMPY_DTYPES[descr];
  const bytes = shape.reduce((product, axis) => product * axis, BYTES_PER_ELEMENT[dtype]);
  if (dataBegin + bytes !== member.size) {
    const expected = `${bytes} bytes of data for ${descr} ${formatShape(shape)}`;
    throw new FormatError({ op, file, expected, got: `${member.size - dataBegin}` });
  }
  return fileRows({ source: data, name, dtype, shape, begin: dataBegin });
}

function unsupported(file: string, expected: string, got: string, hint: string): GemmaError {
  return new UnsupportedError({ op, file, expected, got, hint });
}

function assertNoBomb(members: readonly ZipMember[], { name: file, size }: ByteSource): void {
  const deflated = members.filter(({ method }) => method !== 0);
  const total = deflated.reduce((sum, member) => sum + member.size, 0);
  const most = Math.max(SMALL, MAX_INFLATION * size);
  if (total <= most) return;
  const hint = "save it with numpy.savez, which does not compress";
  throw unsupported(file, `deflated data of at most ${most} bytes in all`, `${total}`, hint);
}

function noConfig(file: string, members: readonly ZipMember[]): FormatError {
  const names = members.map(({ name }) => name);
  return new FormatError({
    op,
    file,
    argument: CONFIG,
    expected: "it in the archive or, in a folder, beside it",
    got: names.slice(0, 3).join(", ") || "an empty archive",
    hint: names.some(isWeight)
      ? "download it from the model's page, put both into a folder, and open the folder"
      : "this .npz holds other arrays than the weights of a model",
  });
}
