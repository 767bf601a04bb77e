/**
 * Whether a detective has named an engine's first wrong tap and its mistake, and what is said if not. What is said
 * asks, or shows numbers; it does not name either.
 * @module
 */
import type { Mutant } from "../../conformance/mutants/mutant.ts";
import { MUTANTS } from "../../conformance/mutants/mutants.ts";
import { tapNamed } from "../../model/tap-aliases.ts";
import { nearest } from "../../option-hints.ts";
import { distance, firstDifference } from "../distance.ts";
import { isUnwritten } from "../exercise.ts";
import type { Row } from "../parts.ts";
import type { OpenCase, Suspect } from "./case.ts";
import type { Trace, TracedEngine } from "./trace.ts";

/**
 * From here on a tap is wrong, in units of its largest number. Float32 rounds the taps of the bundled model by at most
 * 6.2e-7 of it; the smallest mistake here, the exact GELU, shows first with 1.3e-5.
 */
export const WRONG = 3e-6;

/** A learner's function. */
export type Detective = (suspect: TracedEngine, gemma: TracedEngine, ids: number[]) => unknown;

/** Two engines' numbers at one place, to be shown beside each other. */
export interface Numbers {
  readonly tap: string;
  readonly row: number;
  /** Where in the row they differ. */
  readonly column: number;
  readonly rows: readonly (readonly [engine: string, Row])[];
}

/** What was found of one engine. Plain data: it comes out of a worker. */
export interface Finding {
  readonly suspect: string;
  /** The first wrong tap, if it was named. */
  readonly tap?: string;
  /** The mistake, if it was named: then nothing is left to do. */
  readonly mistake?: Pick<Mutant, "id" | "mistake" | "fix" | "seen">;
  /** What is said of it, a paragraph each. */
  readonly why: readonly string[];
  readonly numbers?: Numbers;
  /** The mistakes that it can be. */
  readonly lineUp?: readonly Pick<Mutant, "id" | "mistake">[];
  /** The function is still as the stub has it. */
  readonly isUnwritten?: true;
}

/** Calls a learner's function with one engine, and looks at what comes back. */
export function judge(opened: OpenCase, suspect: Suspect, detective: Detective): Finding {
  const { name } = suspect;
  const engine = opened.engine(name, suspect.mutant);
  const unsolved = (...why: string[]): Finding => ({ suspect: name, why });
  let answer: unknown;
  try {
    answer = detective(engine, opened.gemma, [...opened.ids]);
  } catch (thrown) {
    if (isUnwritten(thrown)) {
      return { ...unsolved("detective is still to be written."), isUnwritten: true };
    }
    return unsolved(`detective throws, with engine ${name}: ${thrown}`);
  }
  if (answer instanceof Promise) {
    return unsolved("A Promise came back. trace does not wait for anything: leave out async.");
  }
  if (typeof answer !== "object") {
    if (answer !== undefined) {
      return unsolved(`Expected { tap, mistake }, got ${JSON.stringify(answer) ?? typeof answer}.`);
    }
    return unsolved(nothingNamed(opened, suspect));
  }
  const { tap, mistake } = (answer ?? {}) as { tap?: unknown; mistake?: unknown };
  if (tap === undefined || tap === null || tap === "")
    return unsolved(nothingNamed(opened, suspect));
  const trouble = troubleWithTap(opened, suspect, engine, tap);
  if (trouble !== undefined) return unsolved(trouble);
  const named = tapNamed(tap as string) as string;
  return { tap: named, ...judgeMistake(opened, suspect, engine, named, mistake) };
}

/** Of an engine of which no tap is named: whether one pass could have shown it. */
function nothingNamed({ ids, gemma, engine }: OpenCase, { name, mutant }: Suspect): string {
  const isRight = firstWrong(engine(name, mutant).trace(ids), gemma.trace(ids)) === undefined;
  return isRight
    ? `No tap came back for engine ${name}. In one pass all its numbers are Gemma's, as near as float32 can be. Is it Gemma, then? What else may one do with the same tokens?`
    : `No tap came back for engine ${name}. Its numbers leave Gemma's somewhere: at which tap first?`;
}

/** What is wrong with the name of a tap, in a sentence or two. */
function troubleWithTap(
  { ids, gemma }: OpenCase,
  { name, taps, fed }: Suspect,
  engine: TracedEngine,
  given: unknown,
): string | undefined {
  const tap = typeof given === "string" ? tapNamed(given) : undefined;
  if (tap !== undefined && taps.includes(tap)) return undefined;
  const right = gemma.trace(ids, fed);
  if (tap === undefined || !Object.hasOwn(right, tap)) {
    return `Engine ${name}: trace gives no tap ${JSON.stringify(given)}. Its names are the keys of what trace gives, such as "${Object.keys(right)[1]}".`;
  }
  const far = distance(engine.trace(ids, fed)[tap], right[tap]);
  return far < WRONG
    ? `Engine ${name} is not wrong at ${tap}: there it is within ${far.toExponential(1)} of Gemma, in units of the largest number, and that is the rounding of float32. How far is too far?`
    : `Engine ${name} is wrong at ${tap}, but not there first: something that this tap is made of is wrong already. If you saw no difference before it, is your limit too coarse?`;
}

/** The first wrong tap is named: is the mistake? */
function judgeMistake(
  opened: OpenCase,
  { name, mutant, fed, lineUp }: Suspect,
  engine: TracedEngine,
  named: string,
  given: unknown,
): Omit<Finding, "tap"> {
  const { ids, gemma } = opened;
  const listed = lineUp.map(({ id, mistake }) => ({ id, mistake }));
  const suspect = name;
  const isMissing = given === undefined || given === null || given === "";
  if (given === mutant.id) {
    const { id, mistake, fix, seen } = mutant;
    return { suspect, mistake: { id, mistake, fix, seen }, why: [] };
  }
  const own = engine.trace(ids, fed);
  if (isMissing) {
    const numbers = beside(named, ["Gemma", gemma.trace(ids, fed)], [name, own]);
    const why = `Engine ${name}: the tap is right. What it is made of is right, too, so the mistake lies between. Which of these is it? Take one, compute what it would give, and compare.`;
    return { suspect, why: [why], numbers, lineUp: listed };
  }
  const accused = MUTANTS.find(({ id }) => id === given);
  if (!accused) {
    const near = nearest(
      String(given),
      lineUp.map(({ id }) => id),
    );
    const why = `Engine ${name}: the tap is right, but no mistake is called ${JSON.stringify(given)}.`;
    return near
      ? { suspect, why: [`${why} Did you mean ${near}?`] }
      : { suspect, why: [`${why} It is one of these:`], lineUp: listed };
  }
  const other = opened.engine(accused.id, accused).trace(ids, fed);
  const tap = firstWrong(own, other) ?? named;
  const why = `Engine ${name}: the tap is right, the mistake is another. With ${accused.id} the numbers would be these:`;
  return { suspect, why: [why], numbers: beside(tap, [accused.id, other], [name, own]) };
}

/** The first tap at which two traces differ by more than rounding. */
function firstWrong(trace: Trace, truth: Trace): string | undefined {
  return Object.keys(truth).find((tap) => distance(trace[tap], truth[tap]) >= WRONG);
}

/** The row in which two traces differ first. */
function beside(tap: string, ...engines: readonly (readonly [string, Trace])[]): Numbers {
  const [a, b] = engines.map(([, trace]) => trace[tap]);
  const [row = 0, column = 0] = firstDifference(b, a, WRONG);
  return { tap, row, column, rows: engines.map(([name, trace]) => [name, trace[tap][row]]) };
}
