/**
 * A checkpoint as NumPy's `.npz`: for people with NumPy and nothing else, and as MLX and JAX scripts save
 * weights. It is a zip archive, zip64 where it has to be, with
 *
 *     config.json        Hugging Face's, as in their folders
 *     tokenizer.model    and the other files that Hugging Face has beside weights; optional
 *     NAME.npy           a tensor each, by Hugging Face name; norms as w, without the 1 that is added
 *
 * `numpy.load` gives the tensors as arrays, and the other two as bytes. Dtypes are `<f8`, `<f4`, `<f2`,
 * and for bfloat16 `V2`, two bytes without a meaning to NumPy, as ml_dtypes, JAX and MLX save it:
 * `array.view(ml_dtypes.bfloat16)`. Where an archive has no config.json, as `numpy.savez` alone makes it,
 * the files beside it are taken.
 *
 * `numpy.savez` stores members as they are, so they are read by rows. Members that `numpy.savez_compressed`
 * deflated are read too, which takes longer: a row is reached through all before it (zip/member.ts, which also
 * says which checksums are checked). Nothing is unpickled. Weights that MLX has packed are matrices again (packed/mlx.ts).
 * https://numpy.org/doc/stable/reference/generated/numpy.savez.html
 * @module
 */
import { refusals } from "../../errors.ts";
import { assertOptions } from "../../options.ts";
import { type ByteSource, closeAll } from "../../source/byte-source.ts";
import type { Folder } from "../../source/folder.ts";
import { BYTES_PER_ELEMENT, type RowSource } from "../../tensor/stored.ts";
import { elementsOf, formatShape } from "../../tensor/tensor.ts";
import { readBeside } from "../beside/read.ts";
import { type Checkpoint, OPEN_NAMES, type OpenOptions } from "../checkpoint.ts";
import { NUMPY_DTYPES } from "../dtypes.ts";
import { CONFIG } from "../file-names.ts";
import { type FileTensor, fileRows, type Integers, rowBytes, unreadable } from "../file-rows.ts";
import { unpacked } from "../packed/unpacked.ts";
import { usualNames, weightNames } from "../usual-names.ts";
import { readZipDirectory, someOf, type ZipMember } from "../zip/directory.ts";
import { memberSource } from "../zip/member.ts";
import { archiveFolder, assertNoBomb } from "./archive.ts";
import { ROW_MAJOR, readNpyHeader } from "./npy-header.ts";

const op = "openNpz";

/**
 * Headers that are read at once: from a server, one after another would take seconds. Each read listens to the
 * caller's signal, and above ten listeners Node warns of a leak.
 */
const AT_ONCE = 8;

/**
 * Opens an `.npz`, which the checkpoint then owns. Reads the directory and the headers of the arrays, not the
 * arrays. An array that no weight can be (integers, column-major order) is listed too; reading its rows is an
 * UnsupportedError.
 *
 * @param folder where it lies. Config and tokenizer are taken from there if the archive does not have them.
 * @param directory its members, where they have been read already.
 * @throws {FormatError} if it is not such an archive, has no config, or is damaged or cut short.
 * @throws {UnsupportedError} if it is packed in a way that is not read, or of another family of models.
 */
export async function openNpz(
  source: ByteSource,
  options: OpenOptions = {},
  folder?: Folder,
  directory?: readonly ZipMember[],
): Promise<Checkpoint> {
  assertOptions(op, options, OPEN_NAMES);
  const { signal } = options;
  const members = directory ?? (await readZipDirectory(source, signal));
  assertNoBomb(members, source);
  const files = archiveFolder(source, members, folder);
  const { config, quantization, ...beside } = await readBeside(op, files, signal, files.label);
  if (!config) {
    const expected = "a config.json in the archive, or beside it in a folder";
    throw refusals(op, source.name).format(CONFIG, expected, someOf(members), adviceOn(members));
  }
  const stored = await readTensors(source, members, signal);
  const { tensors, storage } = await unpacked(stored, quantization, source.name, signal);
  return {
    ...beside,
    name: folder?.name ?? source.name,
    config,
    ...(storage !== undefined && { storage }),
    tensors: usualNames(tensors, config),
    close: () => closeAll([source]),
  };
}

/** Whether the archive holds weights under names that are known: golden data are `.npz` files too. */
export async function holdsWeights(
  source: ByteSource,
  signal?: AbortSignal,
  directory?: readonly ZipMember[],
): Promise<boolean> {
  return hasWeights(directory ?? (await readZipDirectory(source, signal)));
}

function hasWeights(members: readonly ZipMember[]): boolean {
  return weightNames(arraysOf(members).map(arrayName)).length > 0;
}

const arraysOf = (members: readonly ZipMember[]) =>
  members.filter(({ name }) => name.endsWith(".npy"));
const arrayName = ({ name }: ZipMember) => name.slice(0, -".npy".length);

/** The tensors, in the order of the directory. */
async function readTensors(
  source: ByteSource,
  members: readonly ZipMember[],
  signal?: AbortSignal,
): Promise<Map<string, RowSource>> {
  const arrays = arraysOf(members);
  const tensors = new Map<string, RowSource>();
  for (let i = 0; i < arrays.length; i += AT_ONCE) {
    const some = arrays.slice(i, i + AT_ONCE);
    // All settle before a failure is thrown, because the caller then closes the source.
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
  const name = arrayName(member);
  const file = `${source.name}/${member.name}`;
  const data = await memberSource(source, member, signal);
  const { descr, fortranOrder, shape, dataBegin } = await readNpyHeader(data, file, signal);
  const refuse = refusals(op, file);
  if (!Object.hasOwn(NUMPY_DTYPES, descr)) {
    const expected = `one of ${Object.keys(NUMPY_DTYPES).join(", ")}`;
    const refusal = refuse.unsupported(undefined, expected, descr, 'save array.astype("<f4")');
    return unreadable(
      name,
      shape,
      refusal,
      integersOf(descr, { source: data, name, shape, begin: dataBegin }),
    );
  }
  if (fortranOrder) {
    const refusal = refuse.unsupported(undefined, "row-major order", "fortran_order", ROW_MAJOR);
    return unreadable(name, shape, refusal);
  }
  const dtype = NUMPY_DTYPES[descr];
  const bytes = BYTES_PER_ELEMENT[dtype] * elementsOf(shape);
  if (dataBegin + bytes !== member.size) {
    const expected = `${bytes} bytes of data for ${descr} ${formatShape(shape)}`;
    throw refuse.format(undefined, expected, member.size - dataBegin);
  }
  return fileRows({ source: data, name, dtype, shape, begin: dataBegin });
}

/** NumPy's descr → the name in safetensors, of integers that MLX packs weights in. */
const INTEGERS: Readonly<Record<string, readonly [type: string, bytes: number]>> = {
  "<u4": ["U32", 4],
  "|u1": ["U8", 1],
  "|i1": ["I8", 1],
};

function integersOf(descr: string, place: Omit<FileTensor, "dtype">): Integers | undefined {
  if (!Object.hasOwn(INTEGERS, descr)) return undefined;
  const [type, bytes] = INTEGERS[descr];
  return { type, rows: rowBytes(place, bytes) };
}

/** The next step with an archive that has no config. */
function adviceOn(members: readonly ZipMember[]): string {
  return hasWeights(members)
    ? "download it from the model's page, put both into a folder, and open the folder"
    : "this .npz holds other arrays than the weights of a model";
}
