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
import { Troubles } from "./run/troubles.ts";

/** Bytes that are read and handed over at a time. */
const PORTION = 2 ** 22;

/** Handed over bytes, after which the device is waited for: until then the browser keeps them. */
const AHEAD = 2 ** 26;

/**
 * A weight on the device: a vector as normOffset + weight in float32, a matrix in chunks that fit a binding. Where it
 * cannot arrive, its memory is given back.
 * @throws {BackendError} if the device has no room for it, or refuses it.
 */
export async function uploadWeight(
  source: WeightSource,
  device: GPUDevice,
  memory: Memory,
  signal?: AbortSignal,
): Promise<GpuMatrix | GpuGain> {
  const target = new Target(device, memory);
  try {
    const isGain = source.shape.length === 1;
    const weight = await (isGain ? uploadGain : uploadMatrix)(source, target, signal);
    await target.check();
    return weight;
  } catch (error) {
    target.free();
    throw error;
  }
}

/** The buffers of one weight. What goes wrong with them is its own: others arrive at the same time, or compute. */
class Target {
  readonly #device: GPUDevice;
  readonly #memory: Memory;
  readonly #troubles: Troubles;
  readonly #made: Allocation[] = [];
  #ahead = 0;

  constructor(device: GPUDevice, memory: Memory) {
    this.#device = device;
    this.#memory = memory;
    this.#troubles = new Troubles(device);
  }

  /** Most bytes of a buffer. */
  get most(): number {
    return this.#memory.mostBound;
  }

  allocate(label: string, bytes: number): Allocation {
    const allocation = this.#memory.storage(label, bytes, { troubles: this.#troubles });
    this.#made.push(allocation);
    return allocation;
  }

  write(to: Allocation, at: number, data: ArrayBufferView<ArrayBuffer>): void {
    const { buffer, byteOffset, byteLength } = data;
    const { queue } = this.#device;
    const write = () => queue.writeBuffer(to.buffer, at, buffer, byteOffset, byteLength);
    this.#troubles.watch(write, to.label);
    this.#ahead += byteLength;
  }

  /** Waits for the device, where it is far behind. */
  async catchUp(): Promise<void> {
    if (this.#ahead < AHEAD) return;
    this.#ahead = 0;
    await this.#device.queue.onSubmittedWorkDone();
  }

  /** @throws {BackendError} about the first thing that went wrong. */
  async check(): Promise<void> {
    const trouble = await this.#troubles.take();
    if (trouble) throw trouble;
  }

  free(): void {
    for (const allocation of this.#made) this.#memory.free(allocation);
  }
}

async function uploadGain(
  source: WeightSource,
  target: Target,
  signal?: AbortSignal,
): Promise<GpuGain> {
  const { name, dtype, shape, normOffset = 1 } = source;
  const [D] = shape;
  const stored = storedFromBytes(await source.rows(0, D, signal), dtype, shape);
  const gain = new Float64Array(D);
  widenRow(stored, 0, gain);
  const memory = target.allocate(name, 16 * Math.ceil(D / 4)); // in vectors of four
  const sum = Float32Array.from(gain, (w) => normOffset + w);
  target.write(memory, 0, sum);
  return { kind: "gain", memory };
}

async function uploadMatrix(
  source: WeightSource,
  target: Target,
  signal?: AbortSignal,
): Promise<GpuMatrix> {
  const { name, shape } = source;
  const [F, D] = shape;
  const dtype = source.dtype as GpuType;
  const format = FORMATS[dtype];
  const { blocks, wordBytes, scaleBytes } = rowBytes(format, D);
  const most = Math.max(1, Math.floor(target.most / Math.max(wordBytes, scaleBytes)));
  const chunks: GpuChunk[] = [];
  for (let begin = 0; begin < F; begin += most) {
    const rows = Math.min(most, F - begin);
    const words = target.allocate(name, rows * wordBytes);
    const scales = scaleBytes > 0 ? { scales: target.allocate(name, rows * scaleBytes) } : {};
    chunks.push({ begin, rows, words, ...scales });
  }
  const step = Math.max(1, Math.floor(PORTION / (D * BYTES_PER_ELEMENT[dtype])));
  for (const chunk of chunks) {
    for (let row = 0; row < chunk.rows; row += step) {
      signal?.throwIfAborted();
      const [from, to] = [chunk.begin + row, chunk.begin + Math.min(chunk.rows, row + step)];
      const { words, scales } = unpack(await source.rows(from, to, signal), dtype, D);
      target.write(chunk.words, row * wordBytes, words);
      if (chunk.scales) target.write(chunk.scales, row * scaleBytes, scales);
      await target.catchUp();
    }
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
