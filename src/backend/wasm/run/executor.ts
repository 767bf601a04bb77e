/**
 * What does the commands: this thread, or a pool of workers.
 * @module
 */
import { type BackendError, BackendError as Failure } from "../../backend.ts";
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

/** A kernel that could not compute. */
export function kernelFailed(got: string, cause?: unknown): BackendError {
  const expected = "every kernel to compute";
  return new Failure({ op: "wasmBackend", expected, got, kind: "kernel" }, { cause });
}
