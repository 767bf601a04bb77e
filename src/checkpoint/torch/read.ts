/**
 * The files of `torch.save`: a zip archive with the members
 *
 *     NAME/data.pkl     a pickle: a dict from names to tensors, each with shape, strides and a storage
 *     NAME/data/KEY     the storages, little-endian and as they are, never compressed
 *
 * (torch 1.6 and later; pytorch: torch/serialization.py, torch/_utils.py). pickle.ts reads the pickle, and
 * can build nothing else.
 * @module
 */
import { type Refusals, refusals } from "../../errors.ts";
import type { ByteSource } from "../../source/byte-source.ts";
import { BYTES_PER_ELEMENT, type DType, type RowSource } from "../../tensor/stored.ts";
import { elementsOf, formatShape } from "../../tensor/tensor.ts";
import { TORCH_STORAGES } from "../dtypes.ts";
import { rowBytes, unreadable } from "../file-rows.ts";
import { readZipDirectory, someOf, type ZipMember } from "../zip/directory.ts";
import { memberBegin } from "../zip/member.ts";
import { assertLittleEndian, assertStored, readSmall } from "./archive.ts";
import { readPickle } from "./pickle.ts";
import { Call, described, Global, PersistentId, type PickleValue } from "./pickle-values.ts";

/** A tensor as it is stored. gemma.ts makes a weight of an int8 tensor and its scales. */
export type TorchTensor = RowSource | Int8Tensor;

/** Quantised numbers, which mean nothing without their scales, a tensor of their own. */
export interface Int8Tensor extends Pick<RowSource, "name" | "file" | "shape" | "rows"> {
  readonly dtype: "int8";
}

/** Storage class → dtype; undefined if no weight can have it. */
const STORAGES: Readonly<Record<string, DType | "int8" | undefined>> = {
  ...TORCH_STORAGES,
  "torch.CharStorage": "int8",
  "torch.ByteStorage": undefined,
  "torch.ShortStorage": undefined,
  "torch.IntStorage": undefined,
  "torch.LongStorage": undefined,
  "torch.BoolStorage": undefined,
  "torch.ComplexFloatStorage": undefined,
  "torch.ComplexDoubleStorage": undefined,
};
/** The dtypes that a weight may have, in messages. */
export const WEIGHT_DTYPES = "float64, float32, float16, bfloat16, or int8 with scales";

const REBUILD_TENSOR = "torch._utils._rebuild_tensor_v2";
const REBUILD_PARAMETER = "torch._utils._rebuild_parameter";
const mayName = (name: string) =>
  Object.hasOwn(STORAGES, name) || name === REBUILD_TENSOR || name === REBUILD_PARAMETER;

/** As in torch. Otherwise one long list could be the shape of many tensors, and be checked for each. */
const MAX_RANK = 64;

/** Keys under which a state dict may lie: gemma_pytorch's first. */
const WRAPPERS = ["model_state_dict", "state_dict", "model"];

/**
 * The tensors of a checkpoint by name. They read from `source` when asked, so it must stay open. One that no
 * weight can be (integers, complex numbers) is listed too; reading its rows is an UnsupportedError.
 * @param directory its members, where they have been read already.
 * @throws {FormatError} if it is not such an archive, or is damaged or cut short.
 * @throws {UnsupportedError} if the pickle does anything but build tensors.
 */
export async function readTorch(
  source: ByteSource,
  signal?: AbortSignal,
  directory?: readonly ZipMember[],
): Promise<Map<string, TorchTensor>> {
  const { name: file } = source;
  const refuse = refusals("readTorch", file);
  const members = directory ?? (await readZipDirectory(source, signal));
  const pickle = members.find(({ name }) => /^[^/]+\/data\.pkl$/.test(name));
  if (!pickle) {
    const expected = "a checkpoint of torch.save, with its data.pkl";
    throw refuse.format(undefined, expected, someOf(members), "this zip archive is something else");
  }
  const folder = pickle.name.slice(0, -"data.pkl".length);
  const byName = new Map(members.map((member) => [member.name, member]));
  await assertLittleEndian(source, byName.get(`${folder}byteorder`), refuse, signal);
  const value = readPickle(await readSmall(source, pickle, refuse, signal), file, mayName);

  const tensors = new Map<string, TorchTensor>();
  for (const [name, entry] of stateDict(value, refuse)) {
    if (typeof name !== "string") {
      throw refuse.format(undefined, "names of tensors as keys", described(name));
    }
    tensors.set(name, tensorOf(entry, { source, name, folder, members: byName, refuse }));
  }
  return tensors;
}

function stateDict(value: PickleValue, refuse: Refusals): Map<PickleValue, PickleValue> {
  let dict = value;
  for (const key of WRAPPERS) {
    const inner: PickleValue | undefined = dict instanceof Map ? dict.get(key) : undefined;
    if (inner instanceof Map) dict = inner;
  }
  if (dict instanceof Map && dict.size > 0) return dict;
  throw refuse.format(undefined, "a dict of tensors by name", described(value));
}

/** Where the storage of a tensor is looked for: `folder` is NAME/, `name` the tensor's. */
interface Place {
  readonly source: ByteSource;
  readonly name: string;
  readonly folder: string;
  readonly members: ReadonlyMap<string, ZipMember>;
  readonly refuse: Refusals;
}

function tensorOf(value: PickleValue, place: Place): TorchTensor {
  const { source, name, refuse } = place;
  const call = value instanceof Call && value.name === REBUILD_PARAMETER ? value.args[0] : value;
  if (!(call instanceof Call) || call.name !== REBUILD_TENSOR) {
    throw refuse.format(name, "a tensor", described(call));
  }
  const [id, offset, shape, stride] = call.args;
  const storage = id instanceof PersistentId && Array.isArray(id.id) ? id.id : [];
  const [kind, type, key, , count] = storage;
  const isStorage = kind === "storage" && type instanceof Global && typeof key === "string";
  if (!isStorage || !Object.hasOwn(STORAGES, type.name) || !isNatural(count)) {
    throw refuse.format(name, "a storage with its type, key and size", "something else");
  }
  if (!isNatural(offset) || !isNaturals(shape) || !isNaturals(stride)) {
    throw refuse.format(name, "an offset, a shape and strides", "something else");
  }
  if (!isContiguous(shape, stride)) {
    const got = `strides ${formatShape(stride)} of shape ${formatShape(shape)}`;
    throw refuse.unsupported(name, "a contiguous tensor", got, "save it again after .contiguous()");
  }
  const dtype = STORAGES[type.name];
  if (dtype === undefined) {
    return unreadable(name, shape, refuse.unsupported(name, WEIGHT_DTYPES, type.name));
  }
  const size = dtype === "int8" ? 1 : BYTES_PER_ELEMENT[dtype];
  const member = place.members.get(`${place.folder}data/${key}`);
  const needed = size * (offset + elementsOf(shape));
  if (!member || member.size < needed || count * size !== member.size) {
    const got = member ? `${member.size} for ${count} elements` : "no such member";
    throw refuse.format(name, `${needed} bytes or more in data/${key}`, got);
  }
  assertStored(member, refuse);
  return {
    name,
    file: source.name,
    dtype,
    shape,
    async rows(begin, end, signal) {
      const base = (await memberBegin(source, member, signal)) + offset * size;
      return rowBytes({ source, name, shape, begin: base }, size)(begin, end, signal);
    },
  };
}

const isNatural = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;
const isNaturals = (value: unknown): value is number[] =>
  Array.isArray(value) && value.length <= MAX_RANK && value.every(isNatural);

function isContiguous(shape: readonly number[], stride: readonly number[]): boolean {
  if (shape.length !== stride.length) return false;
  if (shape.includes(0)) return true; // as in torch: without elements, strides mean nothing
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && stride[axis] !== step) return false;
    step *= shape[axis];
  }
  return true;
}
