/**
 * Buffers: made, freed when the GPU is done with them, and the errors of making them.
 * @module
 */
import { BackendError } from "../../backend.ts";
import type { Troubles } from "./troubles.ts";

/** A buffer, and what it is for. */
export interface Allocation {
  /** No two of a backend have the same. */
  readonly id: number;
  readonly label: string;
  readonly bytes: number;
  readonly buffer: GPUBuffer;
}

export class Memory {
  readonly #device: GPUDevice;
  readonly #troubles: Troubles;
  readonly #live = new Set<Allocation>();
  #count = 0;
  /** Most bytes of a buffer that is bound as a whole. */
  readonly mostBound: number;

  constructor(device: GPUDevice, troubles: Troubles, mostBound: number) {
    this.#device = device;
    this.#troubles = troubles;
    this.mostBound = mostBound;
  }

  /**
   * A buffer of zeros that kernels can bind; bytes are rounded up to whole words.
   * @param options `most` bytes, where not all of it is bound at once; `troubles` that hear of it, if not the next read.
   * @throws {BackendError} of kind "memory" if no device has so much. Where this one has not, `troubles` say so.
   */
  storage(
    label: string,
    bytes: number,
    options: { readonly most?: number; readonly troubles?: Troubles } = {},
  ): Allocation {
    const { most = this.mostBound, troubles } = options;
    const usage = GPU_BUFFER.STORAGE | GPU_BUFFER.COPY_DST | GPU_BUFFER.COPY_SRC;
    return this.#allocate(label, bytes, usage, most, troubles);
  }

  /**
   * Rows of which some at least can be bound at a time: all together may be more than a binding.
   * @throws {BackendError} of kind "memory" if one does not fit a binding, or all of them no buffer.
   */
  windowed(label: string, rows: number, rowBytes: number): Allocation {
    assertRoom(label, rowBytes, this.mostBound, "a row");
    return this.storage(label, rows * rowBytes, { most: this.#device.limits.maxBufferSize });
  }

  uniforms(bytes: number): Allocation {
    return this.#allocate("uniforms", bytes, GPU_BUFFER.UNIFORM | GPU_BUFFER.COPY_DST, bytes);
  }

  /** A buffer to read results from, of a power of two of bytes where the device has room: so it fits other reads. */
  staging(bytes: number): Allocation {
    const most = this.#device.limits.maxBufferSize;
    const rounded = 2 ** Math.ceil(Math.log2(Math.max(bytes, 256)));
    const size = Math.max(bytes, Math.min(rounded, most));
    return this.#allocate("results", size, GPU_BUFFER.MAP_READ | GPU_BUFFER.COPY_DST, most);
  }

  /** To be called when nothing that is not submitted yet uses it. */
  free(allocation: Allocation): void {
    this.#live.delete(allocation);
    allocation.buffer.destroy();
  }

  dispose(): void {
    for (const allocation of this.#live) allocation.buffer.destroy();
    this.#live.clear();
  }

  #allocate(
    label: string,
    bytes: number,
    usage: number,
    most: number,
    troubles: Troubles = this.#troubles,
  ): Allocation {
    const size = Math.max(4, Math.ceil(bytes / 4) * 4);
    assertRoom(label, size, most, "a buffer");
    const make = () => this.#device.createBuffer({ label, size, usage });
    const buffer = troubles.watch(make, label);
    const allocation = { id: this.#count++, label, bytes: size, buffer };
    this.#live.add(allocation);
    return allocation;
  }
}

function assertRoom(label: string, bytes: number, most: number, what: string): void {
  if (bytes <= most) return;
  const hint = "ask for a shorter context or fewer rows (maxRows), or choose another backend";
  const details = { op: "webgpuBackend", argument: label, label, hint };
  const expected = `${what} of at most ${most} bytes, which the device has room for`;
  throw new BackendError({ ...details, kind: "memory", expected, got: `${bytes}` });
}

/** GPUBufferUsage, which is a global only where WebGPU is. */
const GPU_BUFFER = {
  MAP_READ: 0x0001,
  COPY_SRC: 0x0004,
  COPY_DST: 0x0008,
  UNIFORM: 0x0040,
  STORAGE: 0x0080,
} as const;
