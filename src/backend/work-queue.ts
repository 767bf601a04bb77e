/**
 * A backend that computes on this thread records like a GPU does: kernels put slices of work into this queue, and `read`
 * works it off. Between slices it lets the event loop turn, so that timers fire, a page stays alive,
 * and an AbortSignal can stop a prefill that would take minutes.
 * @module
 */
import { GemmaError } from "../errors.ts";
import { turnOfTheEventLoop } from "../event-loop.ts";
import { BackendError } from "./backend.ts";

/** Milliseconds of work between two turns of the event loop. */
const WORK_BETWEEN_TURNS = 25;

/** What was recorded up to one `drain`: it has one waiter, and is dropped as a whole. */
interface Batch {
  /** A promise is something to wait for before the slices behind it. */
  readonly slices: ((() => void) | Promise<void>)[];
  next: number;
  signal?: AbortSignal;
  failure?: { readonly error: unknown };
}

/** Work that was recorded and is not done yet. */
export class WorkQueue {
  /** Whose kernels they are, for errors. */
  readonly #op: string;
  readonly #batches: Batch[] = [];
  #open: Batch | undefined;
  #lastTurn = 0;

  constructor(op: string) {
    this.#op = op;
  }

  /**
   * Records a slice, or something to wait for, whose failure is the caller's. A slice should take under
   * 10 ms or so, for the event loop's sake.
   */
  push(slice: (() => void) | Promise<void>): void {
    if (!this.#open) {
      this.#open = { slices: [], next: 0 };
      this.#batches.push(this.#open);
    }
    this.#open.slices.push(slice);
  }

  /**
   * Does all work recorded up to now, oldest first. Several callers may wait at once; slices run in the
   * order of recording all the same. On abort, or when a slice throws, the rest of what was recorded since the
   * previous `drain` is dropped, and the promise rejects.
   */
  async drain(signal?: AbortSignal): Promise<void> {
    const mine = this.#open;
    this.#open = undefined;
    if (!mine) return;
    mine.signal = signal;
    while (mine.next < mine.slices.length) {
      try {
        signal?.throwIfAborted(); // its turn may be far off: others' work comes first
        const waiting = this.#runOne();
        if (waiting) await waiting;
      } catch (error) {
        this.#fail(mine, error);
      }
      if (performance.now() - this.#lastTurn > WORK_BETWEEN_TURNS) {
        await turnOfTheEventLoop();
        this.#lastTurn = performance.now();
      }
    }
    if (mine.failure) throw mine.failure.error;
  }

  /** Drops all that is recorded: its waiters reject with `error`. */
  abandon(error: unknown): void {
    for (const batch of [...this.#batches]) this.#fail(batch, error);
    this.#open = undefined;
  }

  #runOne(): Promise<void> | undefined {
    const batch = this.#batches[0];
    const slice = batch.slices[batch.next];
    try {
      batch.signal?.throwIfAborted();
      if (typeof slice !== "function") return this.#wait(batch, slice);
      batch.next++;
      this.#run(slice);
    } catch (error) {
      this.#fail(batch, error);
    }
    if (batch.next === batch.slices.length) this.#drop(batch);
    return undefined;
  }

  #run(slice: () => void): void {
    try {
      slice();
    } catch (error) {
      throw error instanceof GemmaError ? error : kernelFailed(this.#op, error);
    }
  }

  /**
   * Waits for a turn at most, so that an abort is noticed. Several callers may be waiting here for the same
   * arrival; the first to wake steps over it.
   */
  async #wait(batch: Batch, arrival: Promise<void>): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const turn = new Promise<boolean>((resolve) => {
      timer = setTimeout(resolve, WORK_BETWEEN_TURNS, false);
    });
    try {
      const isThere = await Promise.race([arrival.then(() => true), turn]);
      if (!isThere || batch.slices[batch.next] !== arrival) return;
      batch.next++;
      if (batch.next === batch.slices.length) this.#drop(batch);
    } catch (error) {
      this.#fail(batch, error);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Its own waiter throws the error; the caller at work here may be another. */
  #fail(batch: Batch, error: unknown): void {
    batch.failure ??= { error };
    this.#drop(batch);
  }

  #drop(batch: Batch): void {
    batch.next = batch.slices.length;
    const at = this.#batches.indexOf(batch);
    if (at >= 0) this.#batches.splice(at, 1);
  }
}

/** What a component threw that is no error of this library's. */
function kernelFailed(op: string, cause: unknown): BackendError {
  const got = cause instanceof Error ? `${cause.name}: ${cause.message}` : "something thrown";
  const expected = "every kernel to compute";
  return new BackendError({ op, expected, got, kind: "kernel" }, { cause });
}
