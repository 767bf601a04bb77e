/**
 * What this machine can do at most, measured in the same run as a model: how fast memory is read, and how fast
 * float32 is multiplied and added. A decode reads every weight once, so the first bounds it; a prefill computes, so
 * the second does. Here those of the processor; gpu/limits.ts has a GPU's.
 * @module
 */
import { FLOPS_A_ROUND, limitsModule, MOST_PAGES, SWEEP_STEP } from "./kernels.ts";
import { ThreadTeam } from "./threads.ts";

/** The best of all rounds. */
export interface Limits {
  /** Undefined on a GPU. */
  readonly threads?: number;
  /** Bytes that a sweep reads, all threads together. */
  readonly sweepBytes: number;
  /** Loads of 16 bytes into some sums, GB/s (10⁹ bytes). */
  readonly sweepGigabytesPerSecond: number;
  /** A product and a sum (f32x4.mul, f32x4.add), on registers alone: 10⁹ operations/s. */
  readonly mulAddGigaflops: number;
  /** Both at once (f32x4.relaxed_madd, WGSL's fma), likewise; null where the engine has no relaxed SIMD. */
  readonly fmaGigaflops: number | null;
}

/** Measures limits round by round, so that a model may be measured between them. */
export interface Meter {
  /** Rounds that were measured. */
  readonly rounds: number;
  /** Measures each limit once more. */
  round(): Promise<void>;
  readonly best: Limits;
  end(): void;
}

/** Largest memory that is made at once: an engine may refuse the 4 GiB that the format allows. */
const MOST_BYTES = (MOST_PAGES / 4) * 65536;

/** About as long a round of arithmetic takes, in seconds. */
const ROUND = 0.1;

/** `bytes` over `threads`, and each part over memories, in whole steps of the sweep. */
export function sweepSizes(bytes: number, threads: number): number[][] {
  const part = Math.max(1, Math.floor(bytes / threads / SWEEP_STEP)) * SWEEP_STEP;
  const memories = Math.ceil(part / MOST_BYTES);
  const sizes = Array.from({ length: memories }, (_, i) =>
    i < memories - 1 ? MOST_BYTES : part - i * MOST_BYTES,
  );
  return Array.from({ length: threads }, () => sizes);
}

/** Measures the limits of the processor. */
export class LimitsMeter implements Meter {
  readonly #team: ThreadTeam;
  readonly #threads: number;
  readonly #bytes: number;
  readonly #hasFma: boolean;
  /** Rounds of arithmetic in a measurement; found in the first. */
  readonly #rounds = { mulAdd: 100_000, fma: 100_000 };
  #measured = 0;
  readonly #best = { sweep: 0, mulAdd: 0, fma: 0 };

  private constructor(team: ThreadTeam, threads: number, bytes: number, hasFma: boolean) {
    this.#team = team;
    this.#threads = threads;
    this.#bytes = bytes;
    this.#hasFma = hasFma;
  }

  /**
   * Starts the threads, and makes their memories.
   * @param options `bytes` that a sweep reads, all `threads` together: more than any cache holds.
   */
  static async start(options: {
    readonly threads: number;
    readonly bytes: number;
  }): Promise<LimitsMeter> {
    const { threads, bytes } = options;
    const plain = await WebAssembly.compile(limitsModule("sweep and mulAdd"));
    const fma = WebAssembly.validate(limitsModule("fma"))
      ? await WebAssembly.compile(limitsModule("fma"))
      : undefined;
    const sizes = sweepSizes(bytes, threads);
    const swept = sizes.flat().reduce((sum, size) => sum + size, 0);
    const team = await ThreadTeam.start({ plain, fma }, sizes);
    return new LimitsMeter(team, threads, swept, fma !== undefined);
  }

  /** Rounds that were measured. */
  get rounds(): number {
    return this.#measured;
  }

  /** Measures each limit once more. */
  async round(): Promise<void> {
    this.#measured++;
    const seconds = await this.#team.time({ do: "sweep" });
    this.#best.sweep = Math.max(this.#best.sweep, this.#bytes / seconds / 1e9);
    await this.#arithmetic("mulAdd");
    if (this.#hasFma) await this.#arithmetic("fma");
  }

  async #arithmetic(name: "mulAdd" | "fma"): Promise<void> {
    const rounds = this.#rounds[name];
    const seconds = await this.#team.time({ do: name, rounds });
    const operations = rounds * FLOPS_A_ROUND * this.#threads;
    this.#best[name] = Math.max(this.#best[name], operations / seconds / 1e9);
    const wanted = Math.round((rounds * ROUND) / seconds);
    this.#rounds[name] = Math.min(2 ** 30, Math.max(rounds, wanted));
  }

  get best(): Limits {
    return {
      threads: this.#threads,
      sweepBytes: this.#bytes,
      sweepGigabytesPerSecond: this.#best.sweep,
      mulAddGigaflops: this.#best.mulAdd,
      fmaGigaflops: this.#hasFma ? this.#best.fma : null,
    };
  }

  end(): void {
    this.#team.end();
  }
}
