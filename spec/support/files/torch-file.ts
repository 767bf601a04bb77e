/**
 * Writes files as torch.save does, and files it would never write. The opcodes are those of CPython's
 * Lib/pickletools.py; nothing here comes from the reader under test.
 */
import { zip } from "./zip.ts";

export interface TensorToSave {
  /** "BFloat16", as in torch.BFloat16Storage. */
  readonly storage: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
  /** Contiguous when absent. */
  readonly stride?: readonly number[];
  readonly offset?: number;
  /** Elements that the pickle says the storage has. */
  readonly count?: number;
}

const SIZES: Record<string, number> = {
  Double: 8,
  Float: 4,
  Half: 2,
  BFloat16: 2,
  Char: 1,
  Long: 8,
  ComplexFloat: 8,
};

/** A state dict as an archive; `wrapper` is the key it lies under. */
export function torchFile(
  tensors: Readonly<Record<string, TensorToSave>>,
  wrapper?: string,
): Uint8Array {
  const dict = [...emptyDict, ...mark];
  const storages: Record<string, Uint8Array> = {};
  Object.entries(tensors).forEach(([name, tensor], i) => {
    storages[`data/${i}`] = tensor.bytes;
    dict.push(...text(name), ...tensorCode(tensor, `${i}`));
  });
  dict.push(...setItems);
  const root = wrapper ? [...emptyDict, ...text(wrapper), ...dict, ...setItem] : dict;
  return archive(pickle(root), storages);
}

/** An archive around any pickle. */
export function archive(
  data: Uint8Array,
  storages: Readonly<Record<string, Uint8Array>> = {},
): Uint8Array {
  const members = Object.entries({ "data.pkl": data, ...storages, version: encode("3\n") });
  return zip(Object.fromEntries(members.map(([name, bytes]) => [`m/${name}`, bytes])), {
    level: 0,
  });
}

/** Protocol 2, `code`, STOP. */
export function pickle(code: readonly number[]): Uint8Array {
  return new Uint8Array([0x80, 2, ...code, 0x2e]);
}

export const mark = [0x28];
export const tuple = [0x74];
export const reduce = [0x52];
export const emptyDict = [0x7d];
export const setItem = [0x73];
export const setItems = [0x75];

export function text(value: string): number[] {
  const bytes = encode(value);
  return [0x58, ...int32(bytes.length), ...bytes];
}

export function global(module: string, name: string): number[] {
  return [0x63, ...encode(`${module}\n${name}\n`)];
}

export function integer(value: number): number[] {
  return [0x4a, ...int32(value)];
}

function tensorCode(
  { storage, shape, bytes, stride, offset = 0, count }: TensorToSave,
  key: string,
) {
  const steps = stride ?? shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const numbers = (values: readonly number[]) => [...mark, ...values.flatMap(integer), ...tuple];
  const id = [
    ...mark,
    ...text("storage"),
    ...global("torch", `${storage}Storage`),
    ...text(key),
    ...text("cpu"),
    ...integer(count ?? bytes.length / SIZES[storage]),
    ...tuple,
    0x51, // BINPERSID
  ];
  const hooks = [...global("collections", "OrderedDict"), 0x29, ...reduce];
  const args = [
    ...mark,
    ...id,
    ...integer(offset),
    ...numbers(shape),
    ...numbers(steps),
    0x89,
    ...hooks,
    ...tuple,
  ];
  return [...global("torch._utils", "_rebuild_tensor_v2"), ...args, ...reduce];
}

const encode = (value: string) => new TextEncoder().encode(value);
const int32 = (value: number) => [...new Uint8Array(Int32Array.of(value).buffer)];
