/**
 * What an exercise is: a task, three hints, cases, and the likely mistakes.
 *
 * Mistakes are knobs: each is one decision of the function, with the right choice and likely wrong ones. `build`
 * makes the function of any choices, so that two mistakes at once can be named, too (`run/name-mistake.ts`).
 * @module
 */
import type { Materials } from "./materials.ts";
import type { PartName, Parts } from "./parts.ts";

/** What a function gives: compared number by number, text by text. */
export type Value = number | string | ArrayLike<number> | readonly Value[];

/** One call of a learner's function, and what comes out if it is right. */
export interface Call {
  /** Where in the case: `row 2`. Empty if the case is this one call. */
  readonly where: string;
  /** Arguments made anew, as a function may spoil them. */
  args(): readonly unknown[];
  readonly expected: Value;
  /** The function that is called. Default: the exercise's first. */
  readonly fn?: PartName;
  /** What is compared, of what came back and of the arguments. Default: what came back. */
  result?(returned: unknown, args: readonly unknown[]): unknown;
  /** Calls the function as often as it takes, and gives what is compared. Default: one call, with `args`. */
  calls?(fn: (...args: readonly unknown[]) => unknown): unknown;
  /** Whether the function is there to change its arguments. */
  readonly changes?: true;
  /** The arguments in words. Default: the case's. */
  readonly given?: string;
}

/** One or more calls that belong together. */
export interface Case {
  readonly name: string;
  /** The arguments in words, as a learner with a calculator needs them. */
  readonly given: string;
  /** Whether the expected numbers are those of Google's code (or SentencePiece's). Else they can be checked by hand. */
  readonly golden: boolean;
  /** How far from the expected numbers is right, in units of the largest of them. Default: {@link BAR}. */
  readonly bar?: number;
  /** Whether it takes long, and a mistake is told by the others: it is then left out where mistakes are named. */
  readonly isLong?: true;
  readonly calls: readonly Call[];
}

/**
 * Two float64 results agree within this, in units of the largest number: sums of 2,048 products in another order
 * differ by 1e-13, angles at position 8191 by 4e-12, and the nearest known mistake by 1e-5.
 */
export const BAR = 1e-9;

/** The choices of one decision: the first is right, and has no text; what to say of the others. */
export type Knob = Readonly<Record<string, string>>;

/** Decisions by name. */
export type Knobs = Readonly<Record<string, Knob>>;

/** One choice a knob. */
export type Choices<K extends Knobs> = { readonly [Name in keyof K]: keyof K[Name] };

/** What every exercise says of itself, whatever it checks. */
export interface Task {
  /** Name of its file and on the command line: `rmsnorm`. */
  readonly name: string;
  /** The page of the road that it belongs to. */
  readonly page: number;
  /** A line for the list. */
  readonly title: string;
  /** What to write, in a few sentences. */
  readonly task: string;
  /** Functions to export, and their parameters. */
  readonly functions: Readonly<Record<string, readonly string[]>>;
  /** Shown one at a time. */
  readonly hints: readonly [string, string, string];
}

/** An exercise of the road: functions that are a part of Gemma, or of how it is trained. */
export interface Exercise<K extends Knobs = Knobs> extends Task {
  readonly functions: Partial<Record<PartName, readonly string[]>> & Task["functions"];
  readonly knobs: K;
  build(choices: Choices<K>): Partial<Parts>;
  cases(materials: Materials): readonly Case[];
  /** How a message calls the learner's function: `norm`. */
  readonly noun: string;
  /** Whether its functions are about learning: the running model, which is finished, has no use for them. */
  readonly isBeside?: true;
}

/** An exercise, its choices checked against its knobs. What is kept no longer knows which they were. */
export function exercise<const K extends Knobs>(definition: Exercise<K>): Exercise {
  return definition as unknown as Exercise;
}

/** The names of an exercise's functions, the first one first. */
export function functionNames(exercise: Exercise): PartName[];
export function functionNames(task: Task): string[];
export function functionNames({ functions }: Task): string[] {
  return Object.keys(functions);
}

/** The right choice of each knob. */
export function rightChoices(knobs: Knobs): Choices<Knobs> {
  return Object.fromEntries(Object.entries(knobs).map(([name, knob]) => [name, rightOf(knob)]));
}

/** The choice that is right. */
export function rightOf(knob: Knob): string {
  return Object.keys(knob)[0];
}

/** The exercise, done right. */
export function solved(one: Exercise): Partial<Parts> {
  return one.build(rightChoices(one.knobs));
}

/** How many mistakes an exercise knows. */
export function countMistakes({ knobs }: Exercise): number {
  return Object.values(knobs).reduce((sum, knob) => sum + Object.keys(knob).length - 1, 0);
}

/** Whether that is what the stubs throw: the function is still to be written. */
export function isUnwritten(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.message === "not yet";
}
