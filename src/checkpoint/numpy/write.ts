/**
 * Writing a checkpoint as NumPy's `.npz` (open.ts has the layout): a stream of bytes whose length
 * is known from the start.
 * @module
 */
import { refusals } from "../../errors.ts";
import { assertOptions } from "../../options.ts";
import type { FileStream } from "../../source/file-stream.ts";
import type { RowSource } from "../../tensor/stored.ts";
import { elementsOf } from "../../tensor/tensor.ts";
import { hfFiles } from "../beside/write.ts";
import type { Checkpoint } from "../checkpoint.ts";
import { byName } from "../dtypes.ts";
import {
  assertWriting,
  encodeTensor,
  SAFETENSORS_NAMES,
  SAFETENSORS_TYPES,
  type SafetensorsOptions,
  type SafetensorsType,
  safetensorsType,
} from "../encode/encode.ts";
import { type NewZipMember, writeZip } from "../zip/write.ts";
import { npyHeader } from "./npy-header.ts";

/**
 * The archive of a checkpoint. Its tensors come in their order.
 * @throws {UnsupportedError} if a tensor is neither a matrix nor a vector.
 */
export function writeNpzCheckpoint(
  checkpoint: Checkpoint,
  options: SafetensorsOptions = {},
): FileStream {
  assertOptions("writeNpzCheckpoint", options, SAFETENSORS_NAMES);
  const { type } = options;
  assertWriting("writeNpzCheckpoint", checkpoint, type, SAFETENSORS_TYPES);
  const files = [...hfFiles(checkpoint, type)].map(([name, bytes]) => member(name, bytes));
  const arrays = [...checkpoint.tensors].map(([name, tensor]) =>
    arrayOf(name, tensor, type ?? safetensorsType(tensor.dtype)),
  );
  return writeZip([...files, ...arrays]);
}

function member(name: string, bytes: Uint8Array): NewZipMember {
  return {
    name,
    size: bytes.length,
    async *chunks() {
      yield bytes;
    },
  };
}

function arrayOf(name: string, source: RowSource, type: SafetensorsType): NewZipMember {
  const { shape } = source;
  if (shape.length !== 1 && shape.length !== 2) {
    const expected = "a matrix or a vector, as all weights of a Gemma 1 are";
    throw refusals("writeNpzCheckpoint").unsupported(name, expected, shape);
  }
  const { numpy, bytes } = byName(type);
  const header = npyHeader(numpy[0], shape);
  return {
    name: `${name}.npy`,
    size: header.length + bytes * elementsOf(shape),
    async *chunks(signal) {
      yield header;
      yield* encodeTensor(source, type, 1, signal);
    },
  };
}
