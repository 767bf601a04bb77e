/**
 * Writing weights as safetensors (read.ts has the layout): a stream of bytes whose length is known
 * from the start.
 * @module
 */
import { brief } from "../../brief.ts";
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import type { FileStream } from "../../source/file-stream.ts";
import { isObject } from "../../source/json.ts";
import type { RowSource } from "../../tensor/stored.ts";
import { elementsOf } from "../../tensor/tensor.ts";
import { byName } from "../dtypes.ts";
import {
  assertWriting,
  encodeTensor,
  SAFETENSORS_NAMES,
  SAFETENSORS_TYPES,
  type SafetensorsOptions,
  safetensorsType,
} from "../encode/encode.ts";

/** Options of {@link writeSafetensors}. */
export interface WriteSafetensorsOptions extends SafetensorsOptions {
  /** Free text about the file, by name. `format` is `pt` unless it is said here. */
  readonly metadata?: Readonly<Record<string, string>>;
}

const NAMES: OptionNames<WriteSafetensorsOptions> = { ...SAFETENSORS_NAMES, metadata: true };

/**
 * A safetensors file of the tensors.
 * @param tensors by Hugging Face name, in the order in which they are written. Norm weights are written without
 * their 1, as this format has them.
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, RowSource>,
  options: WriteSafetensorsOptions = {},
): FileStream {
  assertOptions("writeSafetensors", options, NAMES);
  const { type: wanted, metadata = {} } = options;
  assertWriting("writeSafetensors", { tensors }, wanted, SAFETENSORS_TYPES);
  if (!isObject(metadata) || Object.values(metadata).some((text) => typeof text !== "string")) {
    const expected = "an object of strings";
    throw refusals("writeSafetensors").argument("metadata", expected, brief(metadata));
  }
  // transformers refuses a file that does not say this.
  const header: Record<string, unknown> = { __metadata__: { format: "pt", ...metadata } };
  let offset = 0;
  for (const [name, { shape, dtype }] of tensors) {
    const type = wanted ?? safetensorsType(dtype);
    const end = offset + elementsOf(shape) * byName(type).bytes;
    header[name] = { dtype: type, shape, data_offsets: [offset, end] };
    offset = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  // Spaces up to a multiple of 8, so that every number of the data is aligned.
  const head = new Uint8Array(8 + Math.ceil(json.length / 8) * 8).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(head.length - 8), true);
  head.set(json, 8);
  return {
    size: head.length + offset,
    async *chunks(signal) {
      yield head;
      for (const source of tensors.values()) {
        yield* encodeTensor(source, wanted ?? safetensorsType(source.dtype), 1, signal);
      }
    },
  };
}
