/**
 * The suite in one call: a backend of this library, or an engine behind a {@link Testee}.
 * @module
 */
import type { Accuracy, Backend, Handles } from "../backend/backend.ts";
import { brief } from "../brief.ts";
import { refusals } from "../errors.ts";
import { assertOptions, type OptionNames } from "../options.ts";
import type { Folder } from "../source/folder.ts";
import { backendTestee } from "./backend/backend-testee.ts";
import { BACKEND_TIERS, type BackendTier, backendConformance } from "./backend/conformance.ts";
import { withoutSketch } from "./real/compare-sketch.ts";
import { passed } from "./report/verdict.ts";
import {
  type Diagnosis,
  type Named,
  type Report,
  type Result,
  TIERS,
  type Tier,
} from "./run/result.ts";
import { matches, runSuite } from "./run/run.ts";
import type { Testee } from "./run/testee.ts";
import { diagnoseText } from "./text/diagnose-text.ts";
import { runText } from "./text/run-text.ts";
import { openTextSuite, type TextSuite } from "./text/text-suite.ts";
import type { TextTestee } from "./text/text-testee.ts";
import { openSuite, type Suite } from "./vectors/suite.ts";

/** What is run, and how it is judged. */
export interface ConformanceOptions {
  /** Default: the one that comes with the package. */
  readonly suite?: Suite;
  /** Texts, for tier T3. Default: those that come with the package. */
  readonly texts?: TextSuite;
  /** Default: all that the subject can be tried in. */
  readonly tiers?: readonly Tier[];
  /** The class in which results are judged. Default: what the subject says of itself. */
  readonly accuracy?: Accuracy;
  /** Vectors to run; default all. `t1.mqa.*` stands for all that begin so. */
  readonly only?: string;
  /** Stops the run, which rejects with its reason. */
  readonly signal?: AbortSignal;
  /** Told of each result as it comes. */
  readonly onResult?: (result: Result) => void;
}

const NAMES: OptionNames<ConformanceOptions> = {
  suite: true,
  texts: true,
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
  if (typeof subject !== "function") return engineReport(asTestee(subject), suite, rest);
  const made = await subject();
  if (!isBackend(made)) return engineReport(asTestee(made), suite, rest);
  made.dispose();
  const tiers = (rest.tiers ?? BACKEND_TIERS).filter(isBackendTier);
  const make = subject as () => Backend<Dev> | Promise<Backend<Dev>>;
  const { texts: _, ...forBackend } = rest; // a backend has no tokenizer
  const report = await backendConformance(make, suite, { ...forBackend, tiers });
  return report.passed ? report : withDiagnosis(report, await make(), suite);
}

async function engineReport(
  testee: Testee,
  suite: Suite,
  options: Omit<ConformanceOptions, "suite">,
): Promise<Report> {
  const { texts, ...rest } = options;
  const { tiers = TIERS, only, onResult } = rest;
  let report = await runSuite(testee, suite, rest);
  if (tiers.includes("T3")) report = await withTexts(report, testee, { texts, only, onResult });
  if (!tiers.includes("T4") || only !== undefined) return report;
  const sketch = withoutSketch();
  onResult?.(sketch);
  return { ...report, results: [...report.results, sketch] };
}

/** `report`, and what `testee` makes of texts. */
export async function withTexts(
  report: Report,
  testee: TextTestee,
  options: Pick<ConformanceOptions, "texts" | "only" | "onResult"> = {},
): Promise<Report> {
  const { texts = await packagedTexts(), only, onResult } = options;
  const isWanted = (id: string) => matches(id, only);
  const { results, answers } = await runText(testee, texts, { isWanted, onResult });
  const all = [...report.results, ...results];
  const tiers = TIERS.filter((tier) => tier === "T3" || report.tiers.includes(tier));
  const found = { ...report, tiers, results: all, passed: passed(all) };
  if (!results.some(({ status }) => status === "fail")) return found;
  const { named, unexplained } = diagnoseText(texts, answers);
  return { ...found, diagnosis: joined(report.diagnosis, named, unexplained) };
}

/** What is said of numbers, and of texts. */
function joined(
  numbers: Diagnosis | undefined,
  named: readonly Named[],
  unexplained: readonly string[],
): Diagnosis {
  const said = named.map(
    ({ ids: [id], mistake, fix }) => `Of texts this is ${id}. ${mistake} ${fix}`,
  );
  if (unexplained.length > 0) {
    said.push(`No known bug explains ${unexplained.slice(0, 3).join(", ")}.`);
  }
  return {
    ...(numbers?.first && { first: numbers.first }),
    isolated: numbers?.isolated ?? [],
    named: [...(numbers?.named ?? []), ...named],
    complete: (numbers?.complete ?? true) && unexplained.length === 0,
    ...(numbers?.nearest && { nearest: numbers.nearest }),
    text: [numbers?.text, ...said].filter((text) => text !== undefined).join(" "),
  };
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

let packaged: Promise<Folder> | undefined;

/** The folder that comes with the package; on a page it lies on a server, and `suite` is the way. */
function packagedFolder(): Promise<Folder> {
  packaged ??= import("../node/open-path.ts").then(async ({ openPath }) => {
    const folder = await openPath(new URL("../../fixtures/conformance/", import.meta.url).href);
    if ("open" in folder) return folder;
    throw refusals("conformance").source("suite", "a folder", "a file");
  });
  return packaged;
}

const packagedSuite = async () => openSuite(await packagedFolder());
const packagedTexts = async () => openTextSuite(await packagedFolder());
