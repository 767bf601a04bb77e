/**
 * Memory for training, or an error that says what there is no room for.
 * @module
 */
import { BackendError } from "../backend/backend.ts";

/** @throws {BackendError} of kind "memory" if there is no room for `what`. */
export function roomFor<T>(what: string, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause; // a typed array throws it when memory is out
    const hint = "train an adapter (LoRA) instead of all weights, or shorter sequences";
    const details = { op: "training", argument: what, expected: "room for it", hint };
    throw new BackendError({ ...details, got: "not enough memory", kind: "memory" }, { cause });
  }
}
