/**
 * The suite in one call: a backend of this library, or an engine behind a {@link Testee}.
 * @module
 */
import type { Accuracy, Backend, Handles } from "../backend/backend.ts";
import { brief } from "../brief.ts";
import { refusals } from "../errors.ts";
import { assertOptions, type OptionNames } from "../options.ts";
import { backendTestee } from "./backend/backend-testee.ts";
import { BACKEND_TIERS, type BackendTier, backendConformance } from "./backend/conformance.ts";
import type { Report, Result, Tier } from "./run/result.ts";
import { runSuite } from "./run/run.ts";
import type { Testee } from "./run/testee.ts";
import { openSuite, type Suite } from "./vectors/suite.ts";

/** What is run, and how it is judged. */
export interface ConformanceOptions {
  /** Default: the one that comes with the package. */
  readonly suite?: Suite;
  /** Default: all that the subject can be tried in. */
  readonly tiers?: readonly Tier[];
  /** The class in which results are judged. Default: what the subject says of itself. */
  readonly accuracy?: Accuracy;
  /** Vectors to run; default all. `t1.mqa.*` stands for all that begin so. */
  readonly only?: string;
  readonly signal?: AbortSignal;
  /** Told of each result as it comes. */
  readonly onResult?: (result: Result) => void;
}

const NAMES: OptionNames<ConformanceOptions> = {
  suite: true,
  tiers: true,
  accuracy: true,
  only: true,
  signal: true,
  onResult: "function",
};

/** What can be tested: an engine, or what makes a backend or an engine. */
export type Subject<Dev extends Handles> =
  | Testee
  | (() => Backend<Dev> | Testee | Promise<Backend<Dev> | Testee>);

/**
 * Tests a backend or an engine.
 *
 *     const report = await conformance(() => myBackend());
 *     if (!report.passed) console.log(report.diagnosis?.text);
 *
 * A subject that answers badly gives results of status `fail` or `error`; nothing is thrown for it.
 * @throws {ArgumentError} if an option is unknown, or `subject` is neither.
 * @throws the signal's reason.
 */
export async function conformance<Dev extends Handles>(
  subject: Subject<Dev>,
  options: ConformanceOptions = {},
): Promise<Report> {
  assertOptions("conformance", options, NAMES);
  const { suite = await packagedSuite(), ...rest } = options;
  if (typeof subject !== "function") return runSuite(asTestee(subject), suite, rest);
  const made = await subject();
  if (!isBackend(made)) return runSuite(asTestee(made), suite, rest);
  made.dispose();
  const tiers = (rest.tiers ?? BACKEND_TIERS).filter(isBackendTier);
  const make = subject as () => Backend<Dev> | Promise<Backend<Dev>>;
  const report = await backendConformance(make, suite, { ...rest, tiers });
  return report.passed ? report : withDiagnosis(report, await make(), suite);
}

/** Which known bug of the model a backend has, if it has one. */
async function withDiagnosis<Dev extends Handles>(
  report: Report,
  backend: Backend<Dev>,
  suite: Suite,
): Promise<Report> {
  const testee = backendTestee(backend as unknown as Backend<Handles>);
  try {
    const { accuracy } = report;
    const { diagnosis } = await runSuite(testee, suite, { tiers: ["T0", "T1"], accuracy });
    return diagnosis ? { ...report, diagnosis } : report;
  } finally {
    await testee.close?.();
    backend.dispose();
  }
}

function isBackendTier(tier: Tier): tier is BackendTier {
  return (BACKEND_TIERS as readonly Tier[]).includes(tier);
}

function isBackend<Dev extends Handles>(made: Backend<Dev> | Testee): made is Backend<Dev> {
  return typeof (made as Partial<Backend<Dev>> | undefined)?.ops === "object";
}

function asTestee(subject: Testee): Testee {
  if (typeof subject?.forward === "function") return subject;
  const expected = "a Testee, or a function that makes a Backend or a Testee";
  const hint = "conformance(() => myBackend())";
  throw refusals("conformance").argument("subject", expected, brief(subject), hint);
}

let packaged: Promise<Suite> | undefined;

/** The suite that comes with the package; on a page it lies on a server, and `suite` is the way. */
function packagedSuite(): Promise<Suite> {
  packaged ??= import("../node/open-path.ts").then(async ({ openPath }) => {
    const folder = await openPath(new URL("../../fixtures/conformance/", import.meta.url).href);
    if ("open" in folder) return openSuite(folder);
    throw refusals("conformance").source("suite", "a folder", "a file");
  });
  return packaged;
}
