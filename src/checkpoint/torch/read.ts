/**
 * What `torch.save` writes: a zip archive, of which
 *
 *     NAME/data.pkl     a pickle: a dict from names to tensors, each with shape, strides and a storage
 *     NAME/data/KEY     the storages, little-endian and as they are, never compressed
 *
 * (torch 1.6 and later; pytorch: torch/serialization.py, torch/_utils.py). The pickle is read by a
 * reader that can build nothing but this: see pickle.ts.
 * @module
 */
import { brief } from "../../brief.ts";
import { FormatError, UnsupportedError } from "../../errors.ts";
import type { ByteSource } from "../../source/byte-source.ts";
import { BYTES_PER_ELEMENT, type DType } from "../../tensor/stored.ts";
import { formatShape } from "../../tensor/tensor.ts";
import { TORCH_STORAGES } from "../dtypes.ts";
import { rowBytes } from "../file-rows.ts";
import { readZipDirectory, type ZipMember } from "../zip/directory.ts";
import { memberBegin, readMember } from "../zip/member.ts";
import { readPickle } from "./pickle.ts";
import { Call, described, Global, PersistentId, type PickleValue } from "./pickle-values.ts";

/** A tensor as it is stored: a weight's dtype, int8 (quantised), or one that no weight has. */
export interface TorchTensor {
  readonly dtype: DType | "int8" | "other";
  readonly shape: readonly number[];
  rows(begin: number, end: number, signal?: AbortSignal): Promise<Uint8Array>;
}

const op = "readTorch";

/** Storage class → dtype. */
const STORAGES: Readonly<Record<string, TorchTensor["dtype"]>> = {
  ...TORCH_STORAGES,
  "torch.CharStorage": "int8",
  "torch.ByteStorage": "other",
  "torch.ShortStorage": "other",
  "torch.IntStorage": "other",
  "torch.LongStorage": "other",
  "torch.BoolStorage": "other",
  "torch.ComplexFloatStorage": "other",
  "torch.ComplexDoubleStorage": "other",
};
const REBUILD_TENSOR = "torch._utils._rebuild_tensor_v2";
const REBUILD_PARAMETER = "torch._utils._rebuild_parameter";
const mayName = (name: string) =>
  Object.hasOwn(STORAGES, name) || name === REBUILD_TENSOR || name === REBUILD_PARAMETER;

/** A pickle of a state dict takes some hundred bytes a tensor. */
const MAX_PICKLE_BYTES = 2 ** 26;

/** As in torch. One long list could else be the shape of many tensors, and be gone through for each. */
const MAX_RANK = 64;

/** Where a state dict may lie in what was saved: gemma_pytorch's key first. */
const WRAPPERS = ["model_state_dict", "state_dict", "model"];

/**
 * The tensors of a checkpoint by name. They read from `source` when asked, so it must stay open.
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
  const members = directory ?? (await readZipDirectory(source, signal));
  const pickle = members.find(({ name }) => /^[^/]+\/data\.pkl$/.test(name));
  if (!pickle) {
    const expected = "a checkpoint of torch.save, with its data.pkl";
    const got =
      members
        .slice(0, 3)
        .map(({ name }) => name)
        .join(", ") || "no member";
    throw new FormatError({ op, file, expected, got, hint: "this zip archive is something else" });
  }
  const folder = pickle.name.slice(0, -"data.pkl".length);
  const byName = new Map(members.map((member) => [member.name, member]));
  await assertLittleEndian(source, byName.get(`${folder}byteorder`), signal);
  const value = readPickle(await readSmall(source, pickle, signal), file, mayName);

  const tensors = new Map<string, TorchTensor>();
  for (const [name, entry] of stateDict(value, file)) {
    if (typeof name !== "string") {
      throw new FormatError({
        op,
        file,
        expected: "names of tensors as keys",
        got: described(name),
      });
    }
    tensors.set(name, tensorOf(entry, { source, name, folder, members: byName }));
  }
  return tensors;
}

function stateDict(value: PickleValue, file: string): Map<PickleValue, PickleValue> {
  let dict = value;
  for (const key of WRAPPERS) {
    const inner: PickleValue | undefined = dict instanceof Map ? dict.get(key) : undefined;
    if (inner instanceof Map) dict = inner;
  }
  if (dict instanceof Map && dict.size > 0) return dict;
  const expected = "a dict of tensors by name";
  throw new FormatError({ op, file, expected, got: described(value) });
}

interface Place {
  readonly source: ByteSource;
  readonly name: string;
  readonly folder: string;
  readonly members: ReadonlyMap<string, ZipMember>;
}

function tensorOf(value: PickleValue, place: Place): TorchTensor {
  const { source, name } = place;
  const refuse = (expected: string, got: string) =>
    new FormatError({ op, file: source.name, argument: name, expected, got });
  const call = value instanceof Call && value.name === REBUILD_PARAMETER ? value.args[0] : value;
  if (!(call instanceof Call) || call.name !== REBUILD_TENSOR) {
    throw refuse("a tensor", described(call));
  }
  const [id, offset, shape, stride] = call.args;
  const storage = id instanceof PersistentId && Array.isArray(id.id) ? id.id : [];
  const [kind, type, key, , count] = storage;
  const isStorage = kind === "storage" && type instanceof Global && typeof key === "string";
  if (!isStorage || !Object.hasOwn(STORAGES, type.name) || !isNatural(count)) {
    throw refuse("a storage, with its type, its key and its size", "something else");
  }
  if (!isNatural(offset) || !isNaturals(shape) || !isNaturals(stride)) {
    throw refuse("an offset, a shape and strides", "something else");
  }
  const dtype = STORAGES[type.name];
  if (!isContiguous(shape, stride)) {
    throw new UnsupportedError({
      op,
      file: source.name,
      argument: name,
      expected: "a contiguous tensor",
      got: `strides ${formatShape(stride)} of shape ${formatShape(shape)}`,
      hint: "save it again after .contiguous()",
    });
  }
  if (dtype === "other") return { dtype, shape, rows: unreadable(source.name, name, type.name) };
  const size = dtype === "int8" ? 1 : BYTES_PER_ELEMENT[dtype];
  const member = place.members.get(`${place.folder}data/${key}`);
  const needed = size * (offset + shape.reduce((product, axis) => product * axis, 1));
  if (!member || member.size < needed || count * size !== member.size) {
    const got = member ? `${member.size} for ${count} elements` : "no such member";
    throw refuse(`${needed} bytes or more in data/${key}`, got);
  }
  assertStored(member, source.name);
  return {
    dtype,
    shape,
    async rows(begin, end, signal) {
      const base = (await memberBegin(source, member, signal)) + offset * size;
      return rowBytes({ source, name, shape, begin: base }, size)(begin, end, signal);
    },
  };
}

function unreadable(file: string, name: string, got: string): TorchTensor["rows"] {
  return async () => {
    throw new UnsupportedError({ op, file, argument: name, expected: "numbers of a weight", got });
  };
}

const isNatural = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;
const isNaturals = (value: unknown): value is number[] =>
  Array.isArray(value) && value.length <= MAX_RANK && value.every(isNatural);

function isContiguous(shape: readonly number[], stride: readonly number[]): boolean {
  if (shape.length !== stride.length) return false;
  if (shape.includes(0)) return true; // as torch has it: there is nothing to lie apart
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && stride[axis] !== step) return false;
    step *= shape[axis];
  }
  return true;
}

async function assertLittleEndian(
  source: ByteSource,
  member: ZipMember | undefined,
  signal?: AbortSignal,
): Promise<void> {
  if (!member) return; // before torch 2.1 it is not said, and hardly ever otherwise
  const order = new TextDecoder().decode(await readSmall(source, member, signal));
  if (order === "little") return;
  throw new UnsupportedError({
    op,
    file: source.name,
    argument: "byteorder",
    expected: "little",
    got: brief(order),
  });
}

/** A small member. */
async function readSmall(
  source: ByteSource,
  member: ZipMember,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  assertStored(member, source.name);
  if (member.size > MAX_PICKLE_BYTES) {
    const expected = `at most ${MAX_PICKLE_BYTES} bytes`;
    const got = `${member.size}`;
    throw new UnsupportedError({ op, file: source.name, argument: member.name, expected, got });
  }
  return readMember(source, member, signal);
}

/** torch never compresses; a compressed storage could not be read by range. */
function assertStored({ name, flags, method, packedSize, size }: ZipMember, file: string): void {
  if (method === 0 && packedSize === size && (flags & 1) === 0) return;
  const expected = "a member stored as it is, as torch.save does";
  const got = flags & 1 ? "an encrypted one" : `compression method ${method}`;
  const hint = "the archive was packed anew; use the original file";
  throw new UnsupportedError({ op, file, argument: name, expected, got, hint });
}
