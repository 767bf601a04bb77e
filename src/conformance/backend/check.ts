/**
 * What a check of a backend is: one sentence of backend/backend.ts, or one kernel in one situation.
 * @module
 */
import type { KernelName } from "../../backend/backend.ts";
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
  /** Returns if all is well, and throws a Failure if something is wrong. */
  run(lab: Lab): Promise<void>;
}
