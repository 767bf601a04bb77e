/**
 * Splits a GGUF file as llama.cpp's llama-gguf-split does (tools/gguf-split): the first part keeps the metadata, and each
 * says which it is. It uses neither the reader nor the writer of the library. llama.cpp (through node-llama-cpp) opens what
 * it makes of the tiny story model, and writes the same 40 tokens as from the whole.
 */
import { type Entry, ggufFile, type TensorRow } from "./gguf-file.ts";

/** Bytes of a value of each type; a string (8) and an array (9) say their own length. */
const SIZES: Readonly<Record<number, number>> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  7: 1,
  10: 8,
  11: 8,
  12: 8,
};

/** What `split.*` of a part say, where it is not what they should. */
export interface WrongPart {
  readonly no?: number;
  readonly count?: number;
  readonly tensors?: number;
}

export interface SplitOptions {
  /** Numbers of tensors of the parts, the last of which has the rest. */
  readonly sizes: readonly number[];
  readonly wrong?: Readonly<Record<number, WrongPart>>;
}

/** The parts by name: `m-00001-of-00002.gguf`. */
export function splitGguf(
  file: Uint8Array,
  { sizes, wrong = {} }: SplitOptions,
  prefix = "m",
): Record<string, Uint8Array> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  let at = 8;
  const uint64 = () => {
    at += 8;
    return Number(view.getBigUint64(at - 8, true));
  };
  const uint32 = () => {
    at += 4;
    return view.getUint32(at - 4, true);
  };
  const text = () => {
    const length = uint64();
    at += length;
    return new TextDecoder().decode(file.subarray(at - length, at));
  };
  const skip = (type: number): void => {
    if (type === 8) text();
    else if (type === 9) {
      const of = uint32();
      for (let count = uint64(); count > 0; count--) skip(of);
    } else at += SIZES[type];
  };
  const [tensorCount, entryCount] = [uint64(), uint64()];
  const metadataBegin = at;
  for (let i = 0; i < entryCount; i++) {
    text();
    skip(uint32());
  }
  const metadata = file.subarray(metadataBegin, at);
  const infos = Array.from({ length: tensorCount }, () => ({
    name: text(),
    dimensions: Array.from({ length: uint32() }, uint64),
    type: uint32(),
    offset: uint64(),
  }));
  const begin = Math.ceil(at / 32) * 32;
  const ends = infos.map(({ offset }) => offset).sort((a, b) => a - b);
  const tensors: TensorRow[] = infos.map(({ offset, ...info }) => {
    const end = ends.find((other) => other > offset) ?? file.length - begin;
    return { ...info, bytes: file.slice(begin + offset, begin + end) };
  });
  const count = sizes.length;
  const parts: Record<string, Uint8Array> = {};
  let first = 0;
  for (let i = 0; i < count; i++) {
    const last = i === count - 1 ? tensorCount : first + sizes[i];
    const { no = i, count: said = count, tensors: inAll = tensorCount } = wrong[i] ?? {};
    const entries: Record<string, Entry> = {
      "split.no": [2, no],
      "split.count": [2, said],
      "split.tensors.count": [5, inAll],
    };
    const part = ggufFile(entries, tensors.slice(first, last));
    const digits = (number: number) => `${number}`.padStart(5, "0");
    parts[`${prefix}-${digits(i + 1)}-of-${digits(count)}.gguf`] =
      i === 0 ? withMetadata(part, metadata, entryCount) : part;
    first = last;
  }
  return parts;
}

/** `file` with more metadata in front of its own. */
function withMetadata(file: Uint8Array, metadata: Uint8Array, entries: number): Uint8Array {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const own = Number(view.getBigUint64(16, true));
  const tensorCount = Number(view.getBigUint64(8, true));
  // The data begin at the next multiple of 32 after the header, so the header is cut out of the padding before them.
  let at = 24;
  const skipText = () => {
    at += 8 + Number(view.getBigUint64(at, true));
  };
  for (let i = 0; i < own; i++) {
    skipText();
    at += 4 + SIZES[view.getUint32(at, true)];
  }
  for (let i = 0; i < tensorCount; i++) {
    skipText();
    at += 4 + 8 * view.getUint32(at, true) + 4 + 8;
  }
  const header = [file.subarray(0, 24), metadata, file.subarray(24, at)];
  const headerBytes = 24 + metadata.length + (at - 24);
  const begin = Math.ceil(headerBytes / 32) * 32;
  const data = file.subarray(Math.ceil(at / 32) * 32);
  const out = new Uint8Array(begin + data.length);
  let to = 0;
  for (const piece of header) {
    out.set(piece, to);
    to += piece.length;
  }
  out.set(data, begin);
  new DataView(out.buffer).setBigUint64(16, BigInt(own + entries), true);
  return out;
}
