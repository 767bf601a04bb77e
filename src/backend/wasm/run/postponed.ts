/**
 * What is recorded while weights are on their way. Where a weight lies, and in which format, is certain when it has
 * arrived; so a kernel that needs it is postponed until then, and all that is recorded behind it is, too. Their read
 * waits for the weights, records what was postponed, and goes on as ever.
 * @module
 */

import { onAbort } from "../../../signals.ts";

/** A weight that may still be on its way. */
export interface Awaited {
  /** Settles when it has arrived, which takes it away, or cannot arrive, which leaves it. */
  arriving?: Promise<void>;
}

/** What was postponed between two reads. */
interface Batch {
  readonly works: (() => void)[];
  readonly frees: (() => void)[];
  readonly arrivals: Set<Promise<void>>;
}

export class Postponed {
  /** Of the read that is to come. */
  #open: Batch | undefined;
  /** Reads that wait. */
  #waiting = 0;
  /** Resolves when the last of them waits no more. */
  #turn: Promise<void> = Promise.resolve();
  readonly #stops = new Set<(reason: unknown) => void>();
  readonly #forget: () => void;

  /** @param forget drops what has been recorded since the last read, where a postponed part of it failed. */
  constructor(forget: () => void) {
    this.#forget = forget;
  }

  get #isEmpty(): boolean {
    return this.#open === undefined && this.#waiting === 0;
  }

  /** Records with `work`: at once, unless something has to be waited for. */
  record(work: () => void, weight?: Awaited): void {
    const arriving = weight?.arriving;
    if (this.#isEmpty && !arriving) {
      work();
      return;
    }
    this.#open ??= emptyBatch();
    this.#open.works.push(work);
    if (arriving) this.#open.arrivals.add(arriving);
  }

  /** Frees with `work`, behind what was postponed, even if that is never done. */
  free(work: () => void): void {
    if (this.#open) this.#open.frees.push(work);
    else if (this.#waiting > 0) void this.#turn.then(work);
    else work();
  }

  /**
   * Reads with `run`, in its turn. On an abort, or where a weight does not arrive, what was postponed for this read
   * is dropped.
   */
  async read<T>(run: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.#isEmpty) return run();
    const { works, frees, arrivals } = this.#open ?? emptyBatch();
    this.#open = undefined;
    this.#waiting++;
    const before = this.#turn;
    let done = () => {};
    this.#turn = new Promise<void>((resolve) => {
      done = () => {
        this.#waiting--;
        resolve();
      };
    });
    const free = () => {
      for (const one of frees) one();
    };
    try {
      await this.#unlessStopped(Promise.all([before, ...arrivals]), signal);
    } catch (error) {
      void before.then(free).then(done);
      throw error;
    }
    try {
      for (const work of works) work();
      free();
      return run(); // is recorded now; the next read need not wait for its result
    } catch (error) {
      this.#forget();
      free();
      throw error;
    } finally {
      done();
    }
  }

  /** All reads that wait reject with `reason`. */
  abandon(reason: unknown): void {
    for (const stop of this.#stops) stop(reason);
  }

  async #unlessStopped(work: Promise<unknown>, signal?: AbortSignal): Promise<void> {
    let stop: (reason: unknown) => void = () => {};
    const stopped = new Promise<never>((_, reject) => {
      stop = reject;
    });
    const abort = () => stop(signal?.reason);
    if (signal?.aborted) abort();
    const letGo = onAbort(signal, abort);
    this.#stops.add(stop);
    try {
      await Promise.race([stopped, work]);
    } finally {
      letGo();
      this.#stops.delete(stop);
    }
  }
}

function emptyBatch(): Batch {
  return { works: [], frees: [], arrivals: new Set() };
}
