/**
 * What a GPU can do at most, on the device and in the run in which a model is measured: how fast its memory is read,
 * and how fast float32 is multiplied and added.
 * @module
 */
import { longEnough } from "../../repeat.ts";
import type { Limits, Meter } from "../limits.ts";
import { type Loops, makeLoops, type SweepSize } from "./loops.ts";

const NAMES = ["sweep", "mulAdd", "fma"] as const;

/** Measures the limits of a GPU. */
export class GpuLimitsMeter implements Meter {
  readonly #loops: Loops;
  /** Repetitions that were enough. */
  readonly #times: Record<(typeof NAMES)[number], number>;
  /** Bytes or operations a second. */
  readonly #best = { sweep: 0, mulAdd: 0, fma: 0 };
  #measured = 0;

  private constructor(loops: Loops) {
    this.#loops = loops;
    const { sweep, mulAdd, fma } = loops;
    this.#times = { sweep: sweep.least, mulAdd: mulAdd.least, fma: fma.least };
  }

  /**
   * Compiles the shaders, and fills the memory of `device` that is swept.
   * @throws {BackendError} of kind "memory" if there is next to none.
   */
  static async start(device: GPUDevice, size: SweepSize): Promise<GpuLimitsMeter> {
    return new GpuLimitsMeter(await makeLoops(device, size));
  }

  get rounds(): number {
    return this.#measured;
  }

  async round(): Promise<void> {
    this.#measured++;
    for (const name of NAMES) {
      const loop = this.#loops[name];
      const range = { from: this.#times[name], most: loop.most };
      const { times, seconds } = await longEnough((count) => loop.time(count), range);
      this.#times[name] = times;
      this.#best[name] = Math.max(this.#best[name], loop.worth(times) / seconds);
    }
  }

  get best(): Limits {
    return {
      sweepBytes: this.#loops.sweepBytes,
      sweepGigabytesPerSecond: this.#best.sweep / 1e9,
      mulAddGigaflops: this.#best.mulAdd / 1e9,
      fmaGigaflops: this.#best.fma / 1e9,
    };
  }

  end(): void {
    this.#loops.dispose();
  }
}
