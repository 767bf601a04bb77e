/**
 * What does the commands: this thread, or a pool of workers.
 * @module
 */
import type { MemoryUser } from "../memory/memories.ts";
import type { Phase } from "./command.ts";

export interface Executor extends MemoryUser {
  /**
   * Does a batch after those before it → what its read command read. An abort leaves the rest of the batch undone,
   * and rejects with the signal's reason.
   */
  run(phases: readonly Phase[], signal?: AbortSignal): Promise<Float32Array>;
  /** Ends it: what is under way and all later batches reject with `reason`. */
  end(reason: Error): void;
}
