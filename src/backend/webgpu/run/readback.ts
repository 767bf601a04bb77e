/**
 * Results on their way back: copied into a buffer that the processor may map. Buffers are used again; a large one, as for
 * all logits of a prompt, is given back when reads do without it.
 * @module
 */
import type { Commands } from "./commands.ts";
import type { Allocation, Memory } from "./memory.ts";

/** GPUMapMode.READ. */
const READ = 1;

/** Bytes up to which a buffer is kept for good: a row of logits takes 1 MB. */
const SMALL = 2 ** 22;

/** Reads after which a larger one is given back, if none has used it. */
const PATIENCE = 16;

interface Kept {
  readonly staging: Allocation;
  /** The number of the read that used it last. */
  readonly used: number;
}

export class Readback {
  readonly #memory: Memory;
  readonly #commands: Commands;
  /** Those that no read is using. */
  #kept: Kept[] = [];
  #reads = 0;

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
    const used = this.#reads++;
    const staging = this.#take(bytes);
    try {
      this.#commands.copy(from, at, staging, 0, bytes);
      this.#commands.submit();
      await staging.buffer.mapAsync(READ, 0, bytes);
      const numbers = new Float32Array(staging.buffer.getMappedRange(0, bytes).slice(0));
      staging.buffer.unmap();
      this.#kept.push({ staging, used });
      return numbers;
    } catch (error) {
      this.#memory.free(staging);
      throw error;
    } finally {
      this.#giveBack();
    }
  }

  /** The smallest that is large enough, or a new one. A small read leaves the large ones idle. */
  #take(bytes: number): Allocation {
    const most = Math.max(SMALL, 4 * bytes);
    const fits = this.#kept.filter(
      ({ staging }) => staging.bytes >= bytes && staging.bytes <= most,
    );
    const best = fits.sort((a, b) => a.staging.bytes - b.staging.bytes)[0];
    if (!best) return this.#memory.staging(bytes);
    this.#kept.splice(this.#kept.indexOf(best), 1);
    return best.staging;
  }

  #giveBack(): void {
    const isIdle = ({ staging, used }: Kept) =>
      staging.bytes > SMALL && this.#reads - used > PATIENCE;
    for (const { staging } of this.#kept.filter(isIdle)) this.#memory.free(staging);
    this.#kept = this.#kept.filter((one) => !isIdle(one));
  }
}
