/**
 * How a check ends that does not pass: the backend is wrong, or it says that it does not do this.
 * @module
 */
import type { KernelName } from "../../backend/backend.ts";
import { UnsupportedError } from "../../errors.ts";

/** The backend gave something else than it promises. */
export class Failure extends Error {
  override readonly name: string = "Failure";
}

/** A kernel said that it does not do this. */
export class Refusal extends Error {
  override readonly name: string = "Refusal";

  constructor(kernel: KernelName, error: Error) {
    super(`${kernel}${REFUSES}${error.message}`);
  }
}

/** Stands between a kernel's name and its reason. */
export const REFUSES = " refuses: ";

/** Whether a backend says that it does not do something: also late, as the cause of what a read rejects with. */
export function isUnsupported(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  return error.name === "UnsupportedError" || isUnsupported(error.cause);
}

/** What a backend need not have, and has not. */
export function withoutIt(what: string, got: string): UnsupportedError {
  return new UnsupportedError({ op: "conformance", argument: what, got });
}

/** A number as messages show it: six digits tell two numbers apart that differ by more than rounding. */
export function shown(x: number): string {
  return String(Number.isFinite(x) ? Number(x.toPrecision(6)) : x);
}
