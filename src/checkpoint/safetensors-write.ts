/**
 * Writing weights as safetensors (safetensors.ts has the layout): a stream of bytes whose length is known
 * from the start.
 * @module
 */
import type { DType } from "../tensor/stored.ts";
import type { CheckpointTensor } from "./checkpoint.ts";
import { assertWriting, encodeTensor, type FileStream } from "./file-stream.ts";

/** What transformers and vLLM read; the format has no blocks. */
export type SafetensorsType = "F64" | "F32" | "F16" | "BF16";

export interface SafetensorsOptions {
  /** What all tensors are stored as. Default: as they are; blocks (Q8_0, Q4_0) as F32, which is exact. */
  readonly type?: SafetensorsType;
}

const BYTES: Readonly<Record<SafetensorsType, number>> = { F64: 8, F32: 4, F16: 2, BF16: 2 };

/**
 * @param tensors by Hugging Face name; they come in this order. Norm weights are written without their
 * 1, as this format has them.
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, CheckpointTensor>,
  { type: wanted }: SafetensorsOptions = {},
): FileStream {
  assertWriting("writeSafetensors", { tensors }, wanted, Object.keys(BYTES));
  // transformers refuses a file that does not say this.
  const header: Record<string, unknown> = { __metadata__: { format: "pt" } };
  let offset = 0;
  for (const [name, { shape, dtype }] of tensors) {
    const type = wanted ?? safetensorsType(dtype);
    const end = offset + shape.reduce((product, axis) => product * axis, BYTES[type]);
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

/** What keeps every number of `dtype`. */
export function safetensorsType(dtype: DType): SafetensorsType {
  const types = { float64: "F64", float16: "F16", bfloat16: "BF16" } as const;
  return dtype in types ? types[dtype as keyof typeof types] : "F32";
}
