/**
 * A backend under the conformance suite, in one call.
 * @module
 */
import type { Accuracy, Backend, Handles } from "../../backend/backend.ts";
import { brief } from "../../brief.ts";
import { assertInteger, assertOneOf, POSITIVE } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { accuracyNamed } from "../accuracy.ts";
import { environment } from "../run/environment.ts";
import { breaksRun, type Report, type Result } from "../run/result.ts";
import { matches } from "../run/run.ts";
import type { Suite } from "../vectors/suite.ts";
import type { Check } from "./check.ts";
import { checksOf } from "./checks.ts";
import type { MakeBackend } from "./lab.ts";
import { Session, type SessionOptions } from "./session.ts";

/** The tiers that a backend is tried in: kernels, nano models, invariants. */
export type BackendTier = Check["tier"];

export const BACKEND_TIERS: readonly BackendTier[] = ["T0", "T1", "T2"];

/** What is run, and how it is judged. */
export interface ConformanceOptions {
  /** Default: all. */
  readonly tiers?: readonly BackendTier[];
  /** The class in which results are judged. Default: what the backend says of itself. */
  readonly accuracy?: Accuracy;
  /** Checks to run; default all. `t0.rope.*` stands for all that begin so. */
  readonly only?: string;
  /** Milliseconds after which a promise counts as one that never settles. Default 10,000. */
  readonly patience?: number;
  /** Stops between two checks. */
  readonly signal?: AbortSignal;
  /** Told of each result as it comes. */
  readonly onResult?: (result: Result) => void;
}

export const CONFORMANCE_NAMES: OptionNames<ConformanceOptions> = {
  tiers: true,
  accuracy: true,
  only: true,
  patience: true,
  signal: true,
  onResult: "function",
};

/**
 * Runs the suite on the backends that `makeBackend` makes. A backend that answers badly gives results of status
 * `fail` or `error`; nothing is thrown for it.
 * @throws {ArgumentError} if an option is unknown, or out of range.
 * @throws the signal's reason.
 */
export async function backendConformance<Dev extends Handles>(
  makeBackend: () => Backend<Dev> | Promise<Backend<Dev>>,
  suite: Suite,
  options: ConformanceOptions = {},
): Promise<Report> {
  assertOptions("backendConformance", options, CONFORMANCE_NAMES);
  const began = performance.now();
  const session = new Session(makeBackend as MakeBackend, suite, sessionOptions(options));
  const results: Result[] = [];
  try {
    const { name } = await session.info();
    const accuracy = await session.accuracy();
    for await (const result of resultsOf(session, suite, options)) results.push(result);
    const { version, digest } = suite;
    return {
      suite: { version, digest },
      testee: { name, accuracy },
      accuracy,
      tiers: options.tiers ?? BACKEND_TIERS,
      results,
      environment: environment(),
      seconds: (performance.now() - began) / 1000,
      passed: !results.some(breaksRun),
    };
  } finally {
    await session.end();
  }
}

/** The results of the suite on a backend, one after another. Leaving the loop ends the run. */
export async function* backendResults<Dev extends Handles>(
  makeBackend: () => Backend<Dev> | Promise<Backend<Dev>>,
  suite: Suite,
  options: ConformanceOptions = {},
): AsyncGenerator<Result, void, undefined> {
  assertOptions("backendResults", options, CONFORMANCE_NAMES);
  const session = new Session(makeBackend as MakeBackend, suite, sessionOptions(options));
  try {
    yield* resultsOf(session, suite, options);
  } finally {
    await session.end();
  }
}

async function* resultsOf(
  session: Session,
  suite: Suite,
  options: ConformanceOptions,
): AsyncGenerator<Result, void, undefined> {
  const { signal, onResult } = options;
  for (const check of selectedChecks(suite, options)) {
    signal?.throwIfAborted();
    const result = await session.run(check);
    onResult?.(result);
    yield result;
  }
}

/** The checks that are asked for. */
export function selectedChecks(suite: Suite, options: ConformanceOptions): Check[] {
  const { tiers = BACKEND_TIERS, only } = options;
  return checksOf(suite).filter(({ id, tier }) => tiers.includes(tier) && matches(id, only));
}

/**
 * The options of a session, in their usual spelling.
 * @throws {ArgumentError} if an option has a value that it cannot have.
 */
export function sessionOptions(options: ConformanceOptions): SessionOptions {
  const { accuracy, patience, only, tiers = BACKEND_TIERS } = options;
  if (only !== undefined && typeof only !== "string") {
    const expected = "an id, or the beginning of ids and *";
    throw refusals("conformance").argument("only", expected, brief(only));
  }
  for (const tier of tiers) assertOneOf("conformance", "tiers", tier, BACKEND_TIERS);
  if (patience !== undefined) assertInteger("conformance", "patience", patience, POSITIVE);
  return {
    ...(accuracy !== undefined && { accuracy: accuracyNamed("conformance", accuracy) }),
    ...(patience !== undefined && { patience }),
  };
}
