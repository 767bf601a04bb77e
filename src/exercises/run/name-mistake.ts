/**
 * Which mistakes were made: the choices of the exercise's knobs that give what the learner's function gives.
 *
 * A mistake is named only if *every* call agrees with it, within a billionth of the largest number. "The nearest" is
 * never named: a wrong name costs more than none.
 * @module
 */
import { distance } from "../distance.ts";
import { BAR, type Case, type Exercise, functionNames, isUnwritten, rightOf } from "../exercise.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";

/** A choice that is not right. */
export interface Mistake {
  readonly knob: string;
  readonly choice: string;
  /** What to say to whoever made it. */
  readonly text: string;
}

/** Most mistakes at once that are looked for: of three, one would not know which the numbers mean. */
const MOST = 2;

/**
 * The mistakes, fewest first; undefined if no choice of two at most explains all outcomes.
 * @param outcomes of each call of each case.
 */
export function nameMistakes(
  exercise: Exercise,
  cases: readonly Case[],
  outcomes: readonly (readonly Outcome[])[],
): readonly Mistake[] | undefined {
  return candidates(exercise).find((mistakes) => explains(exercise, mistakes, cases, outcomes));
}

/** All sets of mistakes of one knob each, small ones first. */
function candidates({ knobs }: Exercise): readonly Mistake[][] {
  const single = Object.entries(knobs).flatMap(([knob, choices]) =>
    Object.entries(choices)
      .filter(([choice]) => choice !== rightOf(choices))
      .map(([choice, text]) => ({ knob, choice, text })),
  );
  let sets: Mistake[][] = single.map((one) => [one]);
  const all = [...sets];
  for (let size = 2; size <= MOST; size++) {
    sets = sets.flatMap((set) =>
      single
        .slice(single.indexOf(set[set.length - 1]) + 1)
        .filter(({ knob }) => set.every((other) => other.knob !== knob))
        .map((one) => [...set, one]),
    );
    all.push(...sets);
  }
  return all;
}

/** The choices of an exercise with these mistakes. */
export function choicesWith(
  { knobs }: Exercise,
  mistakes: readonly Pick<Mistake, "knob" | "choice">[],
): Readonly<Record<string, string>> {
  const right = Object.entries(knobs).map(([name, knob]) => [name, rightOf(knob)] as const);
  return Object.fromEntries([...right, ...mistakes.map(({ knob, choice }) => [knob, choice])]);
}

function explains(
  exercise: Exercise,
  mistakes: readonly Mistake[],
  cases: readonly Case[],
  outcomes: readonly (readonly Outcome[])[],
): boolean {
  const fns = exercise.build(choicesWith(exercise, mistakes));
  const [first] = functionNames(exercise);
  let compared = 0;
  const agree = cases.every(({ calls }, i) =>
    calls.every((call, j) => {
      const name = call.fn ?? first;
      const mine = outcomeOf(call, fns, name, exercise.functions[name] ?? []);
      const theirs = outcomes[i][j];
      if (isUnwritten(theirs.thrown)) return true; // the other function of two
      // Without a value (NaN, another length, an error) there is nothing to compare: both must be so.
      if (mine.value === undefined || theirs.value === undefined) {
        return mine.value === theirs.value;
      }
      compared++;
      return distance(theirs.value, mine.value) <= BAR;
    }),
  );
  return agree && compared > 0; // NaN everywhere is like no mistake in particular
}
