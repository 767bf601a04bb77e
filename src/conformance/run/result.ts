/**
 * Results of a conformance run, as they are reported.
 * @module
 */
import type { Accuracy } from "../../backend/backend.ts";
import type { Diagnosis } from "../judge/diagnosis.ts";
import type { TapResult } from "../judge/tap-result.ts";
import type { TesteeInfo } from "./testee.ts";

export type { Diagnosis, Named } from "../judge/diagnosis.ts";
export type { TapResult } from "../judge/tap-result.ts";

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

/** A line of an expectations file (expectations/expectations.ts). */
export interface Listed {
  /** `known-failures.txt:3`. */
  readonly at: string;
  /** Why the failure is expected. */
  readonly reason: string;
  /** What its message begins with. */
  readonly message: string;
}

/** What became of one vector. */
export interface Result {
  /** The vector's id: `t0.rope.last`. */
  readonly id: string;
  /** T0 to T4: docs/testing-an-engine.md has what each asks. */
  readonly tier: Tier;
  /** How it went. */
  readonly status: Status;
  /** What the vector tests. */
  readonly note: string;
  /** Why it did not pass: one sentence, the first output that fails by its name. */
  readonly message?: string;
  /** Outputs in the order in which they are computed. */
  readonly taps: readonly TapResult[];
  /** A failure is said, and does not fail the run: a shape that Gemma 1 does not have. */
  readonly beyondGemma1?: boolean;
  /** The line that lists it among the expected failures. A failure that has one failed otherwise than listed. */
  readonly listed?: Listed;
  /** How long it took. */
  readonly seconds: number;
}

/** A whole run. */
export interface Report {
  /** Which vectors were asked: their version, and a digest of them. */
  readonly suite: { readonly version: string; readonly digest: string };
  /** What was tested. */
  readonly testee: TesteeInfo;
  /** The class in which results were judged. */
  readonly accuracy: Accuracy;
  /** Which tiers were asked. */
  readonly tiers: readonly Tier[];
  /** What came of each vector. */
  readonly results: readonly Result[];
  /** Which known bugs explain what failed, if something did. */
  readonly diagnosis?: Diagnosis;
  /** `node v20.20.2`, `linux x64`, … */
  readonly environment: Readonly<Record<string, string>>;
  /** How long all of it took. */
  readonly seconds: number;
  /** Whether there is no fail (but of shapes beyond Gemma 1), error, fallback or xpass. */
  readonly passed: boolean;
}

/** Whether a result shows that something is wrong: with the testee, or with the list of expectations. */
export function isWrong({ status }: Result): boolean {
  return status === "fail" || status === "error" || status === "fallback" || status === "xpass";
}

/**
 * Whether a result fails the run. Wrong numbers in a shape that Gemma 1 does not have do not; a crash there does, and
 * so does an unexpected pass, because then the list of expectations is wrong.
 */
export function breaksRun(result: Result): boolean {
  return isWrong(result) && !(result.status === "fail" && result.beyondGemma1);
}
