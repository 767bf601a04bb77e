/**
 * Results of a conformance run, as they are reported.
 * @module
 */
import type { Accuracy } from "../../backend/backend.ts";
import type { TesteeInfo } from "./testee.ts";

/** The tiers: operators, nano models, invariants, tokenizer and chat format, real weights. */
export type Tier = "T0" | "T1" | "T2" | "T3" | "T4";

export const TIERS: readonly Tier[] = ["T0", "T1", "T2", "T3", "T4"];

/**
 * - `pass`, `fail`: within the budgets, or not.
 * - `tie`: another token than expected, within the noise of its class.
 * - `unsupported`: the testee says that it does not do this. `fallback`: it did it by the reference.
 * - `skip`: not run, for a reason of ours (no weights were given).
 * - `xfail`, `xpass`: a failure that the expectations list, and one that did not come. `xpass` fails the run.
 * - `error`: the testee answered something else than numbers: it crashed, hung, or sent a wrong shape.
 */
export type Status =
  | "pass"
  | "fail"
  | "tie"
  | "unsupported"
  | "fallback"
  | "skip"
  | "xfail"
  | "xpass"
  | "error";

/** One output of a vector, held against the truth. */
export interface TapResult {
  /** Its name here, and in the goldens if it has one there. */
  readonly tap: string;
  readonly golden?: string;
  readonly nrmse: number;
  readonly max: number;
  /** How many times over the budget; above 1 it fails. */
  readonly over: number;
  /** Where it is farthest off, and the two numbers there. */
  readonly at: readonly number[];
  readonly got: number;
  readonly expected: number;
}

/** What became of one vector. */
export interface Result {
  readonly id: string;
  readonly tier: Tier;
  readonly status: Status;
  /** What the vector tests. */
  readonly note: string;
  /** Why it did not pass: one sentence, the first output that fails by its name. */
  readonly message?: string;
  /** Outputs in the order in which they are computed. */
  readonly taps: readonly TapResult[];
  /** A failure is said, and does not fail the run: a shape that Gemma 1 does not have. */
  readonly beyondGemma1?: boolean;
  readonly seconds: number;
}

/** A known bug that explains what was seen. */
export interface Named {
  /** Its id, and those of bugs that no vector which was run tells from it. */
  readonly ids: readonly string[];
  readonly mistake: string;
  readonly fix: string;
  /** Largest distance from what the bug gives, in budgets: 1 or less. */
  readonly over: number;
  /** Where it was seen. */
  readonly taps: readonly string[];
}

/** What is probably wrong. */
export interface Diagnosis {
  /** The first output of the first failing vector that is off when everything flows on from the testee's own numbers. */
  readonly first?: { readonly id: string; readonly tap: string };
  /** Outputs that are wrong although what they are computed from is taken from the testee. */
  readonly isolated: readonly {
    readonly id: string;
    readonly tap: string;
    readonly over: number;
  }[];
  /** Known bugs that together explain all failures; empty if none do. The first explains the most. */
  readonly named: readonly Named[];
  /** The nearest known bug where none is near enough, and how many budgets away it is. */
  readonly nearest?: { readonly id: string; readonly over: number };
  /** All of this as a paragraph. */
  readonly text: string;
}

/** A whole run. */
export interface Report {
  readonly suite: { readonly version: string; readonly digest: string };
  readonly testee: TesteeInfo;
  readonly accuracy: Accuracy;
  readonly tiers: readonly Tier[];
  readonly results: readonly Result[];
  readonly diagnosis?: Diagnosis;
  /** `node v20.20.2`, `linux x64`, … */
  readonly environment: Readonly<Record<string, string>>;
  readonly seconds: number;
  /** Whether nothing failed: no fail, error, fallback or xpass, but those beyond Gemma 1. */
  readonly passed: boolean;
}
