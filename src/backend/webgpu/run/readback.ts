/**
 * Results on their way back: copied into a buffer that the processor may map. Buffers are used again.
 * @module
 */
import type { Commands } from "./commands.ts";
import type { Allocation, Memory } from "./memory.ts";

/** GPUMapMode.READ. */
const READ = 1;

export class Readback {
  readonly #memory: Memory;
  readonly #commands: Commands;
  readonly #free: Allocation[] = [];

  constructor(memory: Memory, commands: Commands) {
    this.#memory = memory;
    this.#commands = commands;
  }

  /** Records a copy of `bytes` of `from`, submits all, and gives a copy when the device is done. */
  async read(from: Allocation, at: number, bytes: number): Promise<Float32Array> {
    if (bytes === 0) {
      await this.#commands.done();
      return new Float32Array(0);
    }
    const staging = this.#take(bytes);
    this.#commands.copy(from, at, staging, 0, bytes);
    this.#commands.submit();
    await staging.buffer.mapAsync(READ, 0, bytes);
    const numbers = new Float32Array(staging.buffer.getMappedRange(0, bytes).slice(0));
    staging.buffer.unmap();
    this.#free.push(staging);
    return numbers;
  }

  /** The smallest that is large enough; a new one has a power of two of bytes, so that it fits others. */
  #take(bytes: number): Allocation {
    const fits = this.#free.filter((one) => one.bytes >= bytes);
    const best = fits.sort((a, b) => a.bytes - b.bytes)[0];
    if (best) {
      this.#free.splice(this.#free.indexOf(best), 1);
      return best;
    }
    return this.#memory.staging(2 ** Math.ceil(Math.log2(Math.max(bytes, 256))));
  }
}
