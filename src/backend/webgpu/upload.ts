/**
 * Weights on their way to the device: some megabytes at a time, so that neither side holds a second copy.
 * @module
 */
import {
  BYTES_PER_ELEMENT,
  type RowSource,
  storedFromBytes,
  type WeightSource,
  widenRow,
} from "../../tensor/stored.ts";
import { BLOCK, type GpuFormat } from "./formats/format.ts";
import { FORMATS, type GpuType, unpack } from "./formats/unpack.ts";
import type { GpuChunk, GpuGain, GpuMatrix } from "./handles.ts";
import type { Allocation, Memory } from "./run/memory.ts";

/** Bytes that are read and handed over at a time. */
const PORTION = 2 ** 22;

/** Handed over bytes, after which the device is waited for: until then the browser keeps them. */
const AHEAD = 2 ** 26;

/** A norm's [D], as normOffset + weight in float32. */
export async function uploadGain(
  source: WeightSource,
  device: GPUDevice,
  memory: Memory,
  signal?: AbortSignal,
): Promise<GpuGain> {
  const { name, dtype, shape, normOffset = 1 } = source;
  const [D] = shape;
  const stored = storedFromBytes(await source.rows(0, D, signal), dtype, shape);
  const gain = new Float64Array(D);
  widenRow(stored, 0, gain);
  const allocation = memory.storage(name, 4 * D);
  device.queue.writeBuffer(
    allocation.buffer,
    0,
    Float32Array.from(gain, (w) => normOffset + w),
  );
  return { kind: "gain", memory: allocation };
}

/** A matrix [F, D], in chunks that fit a binding. Where it cannot arrive, its memory is given back. */
export async function uploadMatrix(
  source: WeightSource,
  device: GPUDevice,
  memory: Memory,
  signal?: AbortSignal,
): Promise<GpuMatrix> {
  const { name, shape } = source;
  const [F, D] = shape;
  const dtype = source.dtype as GpuType;
  const format = FORMATS[dtype];
  const { blocks, wordBytes, scaleBytes } = rowBytes(format, D);
  const most = Math.max(1, Math.floor(memory.mostBound / Math.max(wordBytes, scaleBytes)));
  const chunks: GpuChunk[] = [];
  const made: Allocation[] = [];
  const allocate = (bytes: number) => {
    const allocation = memory.storage(name, bytes);
    made.push(allocation);
    return allocation;
  };
  try {
    for (let begin = 0; begin < F; begin += most) {
      const rows = Math.min(most, F - begin);
      const words = allocate(rows * wordBytes);
      const scales = scaleBytes > 0 ? { scales: allocate(rows * scaleBytes) } : {};
      chunks.push({ begin, rows, words, ...scales });
    }
    let ahead = 0;
    const step = Math.max(1, Math.floor(PORTION / (D * BYTES_PER_ELEMENT[dtype])));
    for (const chunk of chunks) {
      for (let row = 0; row < chunk.rows; row += step) {
        signal?.throwIfAborted();
        const [from, to] = [chunk.begin + row, chunk.begin + Math.min(chunk.rows, row + step)];
        const stored = await source.rows(from, to, signal);
        const { words, scales } = unpack(stored, dtype, D);
        device.queue.writeBuffer(chunk.words.buffer, row * wordBytes, words);
        if (chunk.scales) {
          device.queue.writeBuffer(chunk.scales.buffer, row * scaleBytes, scales);
        }
        ahead += words.length;
        if (ahead < AHEAD) continue;
        ahead = 0;
        await device.queue.onSubmittedWorkDone();
      }
    }
  } catch (error) {
    for (const allocation of made) memory.free(allocation);
    throw error;
  }
  return { kind: "matrix", format, blocks, chunks };
}

/** What a row of D columns takes on the device. */
function rowBytes({ block }: GpuFormat, D: number) {
  const blocks = Math.ceil(D / BLOCK);
  return { blocks, wordBytes: 4 * blocks * block.words, scaleBytes: 4 * blocks * block.scales };
}

/** Bytes that a weight takes on the device. Dtypes that have no format come in float32. */
export function bytesOnDevice({ dtype, shape }: Pick<RowSource, "dtype" | "shape">): number {
  if (shape.length !== 2) return 4 * shape.reduce((a, b) => a * b, 1);
  const [F, D] = shape;
  const { wordBytes, scaleBytes } = rowBytes(FORMATS[dtype as GpuType] ?? FORMATS.float32, D);
  return F * (wordBytes + scaleBytes);
}

/** The buffers of a weight. */
export function allocationsOf(weight: GpuMatrix | GpuGain): Allocation[] {
  if (weight.kind === "gain") return [weight.memory];
  return weight.chunks.flatMap(({ words, scales }) => (scales ? [words, scales] : [words]));
}
