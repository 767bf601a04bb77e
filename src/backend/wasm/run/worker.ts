/**
 * The body of a worker. It names nothing outside itself, types apart, as runner.ts does.
 *
 * A batch is a list of phases. Each thread takes the next chunk of the phase from a counter that they share, until
 * there is none; then it waits for the others. The last to arrive opens the next phase. Waiting is a short spin,
 * because the others are usually done within microseconds, and then a sleep, because a thread that spins while the
 * processors are busy with other programs keeps the very threads from running that it waits for.
 * @module
 */
import type { Layout, Phase } from "./command.ts";
import type { Runner } from "./runner.ts";

/** Where in the shared counters what stands. Each is alone in its line of the cache. */
export interface Slots {
  /** The next chunk. */
  readonly next: number;
  /** Threads that have arrived at the end of the phase. */
  readonly arrived: number;
  /** Goes up by one with each phase. */
  readonly generation: number;
  /** Threads that sleep. */
  readonly asleep: number;
  /** The batch in which a thread could not compute. */
  readonly failed: number;
  /** The batch whose rest is left undone. The last thread to arrive decides it, so that all agree. */
  readonly skipped: number;
  /** Batches that were given up: batch b has place `aborted` + b mod `outstanding`. */
  readonly aborted: number;
  /** Batches that may be under way at once. */
  readonly outstanding: number;
}

/** What a worker is started with. */
export interface WorkerStart {
  readonly thread: number;
  readonly threads: number;
  readonly module: WebAssembly.Module;
  readonly layout: Layout;
  readonly counters: Int32Array;
  readonly slots: Slots;
  /** Rounds of the spin at the end of a phase. */
  readonly spin: number;
}

/** What a worker is told. */
export type ToWorker =
  | { readonly kind: "start"; readonly start: WorkerStart }
  | { readonly kind: "add"; readonly index: number; readonly memory: WebAssembly.Memory }
  | { readonly kind: "drop"; readonly index: number }
  | { readonly kind: "batch"; readonly id: number; readonly phases: readonly Phase[] };

/** What a worker says: once that it is there, and when it is through with a batch. */
export type FromWorker = { readonly id: "ready" } | BatchDone;

/** A batch that a thread is through with. */
export interface BatchDone {
  readonly id: number;
  readonly results: readonly Float32Array[];
  /** Why it could not compute. */
  readonly failure?: string;
}

/** @param post sends to the main thread; what it returns is given each message. */
export function workerMain(
  makeRunner: (thread: number, module: WebAssembly.Module, layout: Layout) => Runner,
  post: (message: FromWorker, transfer: ArrayBuffer[]) => void,
): (message: ToWorker) => void {
  let start: WorkerStart;
  let runner: Runner;

  function barrier(id: number): void {
    const { counters, slots, threads, spin } = start;
    const generation = Atomics.load(counters, slots.generation);
    if (Atomics.add(counters, slots.arrived, 1) === threads - 1) {
      Atomics.store(counters, slots.arrived, 0);
      Atomics.store(counters, slots.next, 0);
      const isAborted =
        Atomics.load(counters, slots.aborted + (id % slots.outstanding)) === id ||
        Atomics.load(counters, slots.failed) === id;
      if (isAborted) Atomics.store(counters, slots.skipped, id);
      Atomics.add(counters, slots.generation, 1);
      if (Atomics.load(counters, slots.asleep) > 0) Atomics.notify(counters, slots.generation);
      return;
    }
    for (let i = 0; i < spin; i++) {
      if (Atomics.load(counters, slots.generation) !== generation) return;
    }
    Atomics.add(counters, slots.asleep, 1);
    while (Atomics.load(counters, slots.generation) === generation) {
      Atomics.wait(counters, slots.generation, generation);
    }
    Atomics.sub(counters, slots.asleep, 1);
  }

  function batch(id: number, phases: readonly Phase[]): void {
    const { counters, slots } = start;
    const results: Float32Array[] = [];
    let failure: string | undefined;
    barrier(id); // so that a batch that was given up before it began is not begun
    for (const phase of phases) {
      if (Atomics.load(counters, slots.skipped) === id) break;
      try {
        for (;;) {
          const chunk = Atomics.add(counters, slots.next, 1);
          if (chunk >= phase.chunks) break;
          runner.run(phase, chunk, results);
        }
      } catch (error) {
        failure = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
        Atomics.store(counters, slots.failed, id);
      }
      barrier(id);
    }
    const buffers = results.map(({ buffer }) => buffer as ArrayBuffer);
    post({ id, results, ...(failure !== undefined && { failure }) }, buffers);
  }

  return (message) => {
    switch (message.kind) {
      case "start":
        start = message.start;
        runner = makeRunner(start.thread, start.module, start.layout);
        post({ id: "ready" }, []);
        break;
      case "add":
        runner.add(message.index, message.memory);
        break;
      case "drop":
        runner.drop(message.index);
        break;
      case "batch":
        batch(message.id, message.phases);
    }
  };
}
