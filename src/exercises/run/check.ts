/**
 * Checks a learner's functions against the cases of an exercise, and says of the first that fails what is wrong.
 * @module
 */
import { distance, firstDifference } from "../distance.ts";
import {
  BAR,
  type Call,
  type Case,
  countMistakes,
  type Exercise,
  functionNames,
  isUnwritten,
  type Value,
} from "../exercise.ts";
import type { Materials } from "../materials.ts";
import type { Parts } from "../parts.ts";
import { type Mistake, nameMistakes } from "./name-mistake.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";

/** The first case that fails. Plain data: it comes out of a worker. */
export interface Failure {
  readonly case: string;
  /** Where in the case: `row 2`. */
  readonly where: string;
  readonly given: string;
  /** What came back and what should have; absent where there is no value to show. */
  readonly yours?: Value;
  readonly expected: Value;
  /** The place of the first difference. */
  readonly at: readonly number[];
  /** What is said of it, a paragraph each. */
  readonly why: readonly string[];
  /** Those that were named. */
  readonly mistakes: readonly Pick<Mistake, "knob" | "choice">[];
  /** Functions that are still as the stub has them. */
  readonly unwritten?: readonly string[];
}

/** All cases are right. */
export interface Success {
  readonly byHand: number;
  readonly goldens: number;
  /** The largest distance from a golden, in units of its largest number. */
  readonly distance: number;
}

/** What a check found. */
export type Verdict = { readonly failure: Failure } | { readonly success: Success };

/**
 * Checks functions, case by case.
 * @param onCase told of each case before it runs, so that one without an end can be named; and whether it ran before:
 *   when one has failed all run again, for the name of the mistake.
 */
export function check(
  exercise: Exercise,
  fns: Partial<Parts>,
  materials: Materials,
  onCase: (name: string, isAgain: boolean) => void = () => {},
): Verdict {
  const cases = exercise.cases(materials);
  const [first] = functionNames(exercise);
  const run = (call: Call): Outcome => {
    const name = call.fn ?? first;
    return outcomeOf(call, fns, name, exercise.functions[name] ?? []);
  };
  let largest = 0;
  for (const one of cases) {
    onCase(one.name, false);
    for (const call of one.calls) {
      const outcome = run(call);
      const far = outcome.value === undefined ? Infinity : distance(outcome.value, call.expected);
      if (far > (one.bar ?? BAR)) {
        const short = cases.filter(({ isLong }) => !isLong);
        const outcomes = short.map((other) => {
          onCase(other.name, true);
          return other.calls.map(run);
        });
        return { failure: failureOf(exercise, short, outcomes, one, call, outcome) };
      }
      if (one.golden) largest = Math.max(largest, far);
    }
  }
  const goldens = cases.filter(({ golden }) => golden).length;
  return { success: { byHand: cases.length - goldens, goldens, distance: largest } };
}

function failureOf(
  exercise: Exercise,
  cases: readonly Case[],
  outcomes: readonly (readonly Outcome[])[],
  one: Case,
  call: Call,
  { value, trouble, thrown }: Outcome,
): Failure {
  const at = value === undefined ? [] : firstDifference(value, call.expected, one.bar ?? BAR);
  const isStub = isUnwritten(thrown);
  const names = isStub ? undefined : nameMistakes(exercise, cases, outcomes);
  const said = names?.map(({ text }) => text);
  if (said && said.length > 1) said.unshift("Two things at once.");
  const unnamed =
    trouble ??
    `This is not one of the ${countMistakes(exercise)} mistakes known here${placeText(at)}.`;
  return {
    case: one.name,
    where: call.where,
    given: call.given ?? one.given,
    yours: value,
    expected: call.expected,
    at,
    why: isStub
      ? [`${call.fn ?? functionNames(exercise)[0]} is still to be written.`]
      : (said ?? [unnamed]),
    mistakes: (names ?? []).map(({ knob, choice }) => ({ knob, choice })),
    ...(isStub ? { unwritten: [call.fn ?? functionNames(exercise)[0]] } : {}),
  };
}

function placeText(at: readonly number[]): string {
  return at.length === 0 ? "" : `; the first difference is at ${at.map((i) => `[${i}]`).join("")}`;
}
