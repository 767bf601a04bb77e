/**
 * What a check of a backend is: one sentence of backend/backend.ts, or one kernel in one situation.
 * @module
 */
import type { KernelName } from "../../backend/backend.ts";
import { UnsupportedError } from "../../errors.ts";
import type { Lab } from "./lab.ts";

/** One thing that is tried. */
export interface Check {
  /** `t0.rope.last@moved`: what is tried, and in which situation. Never used for anything else again. */
  readonly id: string;
  readonly tier: "T0" | "T1" | "T2";
  /** What must hold. A sentence. */
  readonly note: string;
  /** The kernel that it is about, if it is about one. */
  readonly kernel?: KernelName;
  /** A shape that Gemma 1 does not have: a failure is said, and does not fail the run. */
  readonly beyondGemma1?: boolean;
  /** Returns if all is well, and throws a {@link Failure} if something is wrong. */
  run(lab: Lab): Promise<void>;
}

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
