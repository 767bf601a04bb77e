/**
 * Commands done by workers. A batch is one message to each; within it they keep in step over shared counters.
 * @module
 */
import { onAbort } from "../../../signals.ts";
import { BackendError } from "../../backend.ts";
import type { Layout, Phase } from "./command.ts";
import type { Executor } from "./executor.ts";
import { createRunner } from "./runner.ts";
import { startThread, workersHaveUrls } from "./threads.ts";
import {
  type BatchDone,
  type FromWorker,
  type Slots,
  type ToWorker,
  workerMain,
} from "./worker.ts";

/** Numbers in a line of the cache. */
const LINE = 16;
const OUTSTANDING = 64;

const SLOTS: Slots = {
  next: 0,
  arrived: LINE,
  generation: 2 * LINE,
  asleep: 3 * LINE,
  failed: 4 * LINE,
  skipped: 5 * LINE,
  aborted: 6 * LINE,
  outstanding: OUTSTANDING,
};

/** Rounds of the spin at the end of a phase: some ten microseconds. */
const SPIN = 4000;

interface Batch {
  readonly id: number;
  readonly phases: readonly Phase[];
  readonly signal: AbortSignal | undefined;
  readonly resolve: (result: Float32Array) => void;
  readonly reject: (error: unknown) => void;
  /** Takes the listener off the signal. */
  forget(): void;
  /** Threads that are not through with it. */
  left: number;
  result: Float32Array | undefined;
  failure: string | undefined;
  isAborted: boolean;
}

/** A pool of `threads` workers. */
export class Pool implements Executor {
  readonly #threads: ReturnType<typeof startThread>[];
  readonly #counters = new Int32Array(new SharedArrayBuffer(4 * (SLOTS.aborted + OUTSTANDING)));
  /** Those that were sent, oldest first, and those that have to wait. */
  readonly #sent: Batch[] = [];
  readonly #waiting: Batch[] = [];
  readonly #onLost: (error: BackendError) => void;
  readonly #started: Promise<void>;
  #tellStarted: () => void = () => {};
  /** Threads that have not started yet. */
  #absent: number;
  #next = 1;
  /** Whether a batch was done: a page may forbid workers. */
  #hasWorked = false;
  #ended: Error | undefined;

  /**
   * @param onLost is told if a worker ends that was not asked to.
   * @param workerUrl see `WasmOptions`.
   */
  constructor(
    module: WebAssembly.Module,
    layout: Layout,
    threads: number,
    onLost: (error: BackendError) => void,
    workerUrl?: string | URL,
  ) {
    this.#onLost = onLost;
    this.#absent = threads;
    this.#started = new Promise((resolve) => {
      this.#tellStarted = resolve;
    });
    this.#counters.fill(-1, SLOTS.failed);
    const events = {
      onMessage: (message: FromWorker) => {
        if (message.id !== "ready") this.#finish(message);
        else if (--this.#absent === 0) this.#tellStarted();
      },
      onEnd: (reason: string) => this.#lose(reason),
    };
    this.#threads = Array.from({ length: threads }, () =>
      startThread<FromWorker>(workerBody(), events, workerUrl),
    );
    const common = { threads, module, layout, counters: this.#counters, slots: SLOTS, spin: SPIN };
    for (const [thread, one] of this.#threads.entries()) {
      one.post({ kind: "start", start: { thread, ...common } } satisfies ToWorker);
    }
  }

  /** Whether all threads are there. */
  get hasStarted(): boolean {
    return this.#absent === 0 && this.#ended === undefined;
  }

  /** Resolves when all are there, or when one cannot be, which `onLost` hears of. The process stays alive for it. */
  async untilStarted(): Promise<void> {
    for (const thread of this.#threads) thread.hold(true);
    await this.#started;
    if (this.#sent.length === 0) for (const thread of this.#threads) thread.hold(false);
  }

  add(index: number, memory: WebAssembly.Memory): void {
    this.#post({ kind: "add", index, memory });
  }

  drop(index: number): void {
    this.#post({ kind: "drop", index });
  }

  run(phases: readonly Phase[], signal?: AbortSignal): Promise<Float32Array> {
    return new Promise((resolve, reject) => {
      if (this.#ended) throw this.#ended;
      const id = this.#next++ & 0x3fffffff;
      const forget = onAbort(signal, () => this.#abort(batch));
      const state = { left: 0, result: undefined, failure: undefined, isAborted: false };
      const batch: Batch = { id, phases, signal, resolve, reject, forget, ...state };
      this.#waiting.push(batch);
      this.#send();
    });
  }

  end(reason: Error): void {
    if (this.#ended) return;
    this.#ended = reason;
    this.#tellStarted();
    for (const thread of this.#threads) thread.terminate();
    for (const batch of [...this.#sent.splice(0), ...this.#waiting.splice(0)]) {
      batch.forget();
      batch.reject(reason);
    }
  }

  #post(message: ToWorker): void {
    if (this.#ended) return;
    for (const thread of this.#threads) thread.post(message);
  }

  /** Sends as many as may be under way. */
  #send(): void {
    while (this.#waiting.length > 0 && this.#sent.length < OUTSTANDING) {
      const batch = this.#waiting.shift() as Batch;
      if (batch.isAborted) continue;
      if (this.#sent.length === 0) for (const thread of this.#threads) thread.hold(true);
      batch.left = this.#threads.length;
      this.#sent.push(batch);
      this.#post({ kind: "batch", id: batch.id, phases: batch.phases });
    }
  }

  #abort(batch: Batch): void {
    batch.isAborted = true;
    batch.forget();
    // The threads look at it at the end of a phase; until then the memories are not the caller's.
    Atomics.store(this.#counters, SLOTS.aborted + (batch.id % OUTSTANDING), batch.id);
    if (batch.left === 0) batch.reject(batch.signal?.reason);
  }

  #finish({ id, results, failure }: BatchDone): void {
    const batch = this.#sent.find((one) => one.id === id);
    if (!batch) return;
    this.#hasWorked = true;
    batch.result ??= results[0];
    batch.failure ??= failure;
    if (--batch.left > 0) return;
    this.#sent.splice(this.#sent.indexOf(batch), 1);
    if (this.#sent.length === 0) for (const thread of this.#threads) thread.hold(false);
    batch.forget();
    if (batch.isAborted) batch.reject(batch.signal?.reason);
    else if (batch.result) batch.resolve(batch.result);
    else batch.reject(kernelFailed(batch.failure ?? "no result"));
    this.#send();
  }

  #lose(reason: string): void {
    if (this.#ended) return;
    const expected = "a worker that runs as long as its backend";
    const hint = this.#hasWorked ? "load the model again" : withoutWorkers();
    const got = `one that ended (${reason})`;
    const details = { op: "wasmBackend", argument: "threads", expected, got, hint };
    const error = new BackendError({ ...details, kind: "lost" });
    this.end(error);
    this.#onLost(error);
  }
}

/** What helps where workers do not start. */
function withoutWorkers(): string {
  const alone = "threads: 1 computes without workers";
  return workersHaveUrls() ? `${alone}, workerUrl starts them from a file` : alone;
}

/** A kernel that could not compute. */
function kernelFailed(got: string): BackendError {
  const expected = "every kernel to compute";
  return new BackendError({ op: "wasmBackend", expected, got, kind: "kernel" });
}

/** The text of what a worker runs: `post` in, and what takes messages out. */
function workerBody(): string {
  const keeper = nameKeeper();
  return `(post) => {
  ${keeper === undefined ? "" : `const ${keeper} = (value) => value;`}
  return (${workerMain})(${createRunner}, post);
}`;
}

/**
 * Bundlers that keep the names of functions wrap each in a call of a helper. Only their own module has it, under a name
 * that a minifier shortens; a function that it was done to shows it.
 */
function nameKeeper(): string | undefined {
  const sample = () => {
    const kept = () => 0;
    return kept;
  };
  return /([\w$]+)\([^,"'`]*,\s*["'`]kept["'`]\s*\)/.exec(`${sample}`)?.[1];
}
