/**
 * What RLOO with a mistake in it gives on average, over all groups that could be drawn: a sum over the 400 answers, as the
 * baseline of an answer is the mean of others, which do not depend on it.
 * @module
 */
import { lengthOf } from "./gradients.ts";
import {
  ANSWERS,
  exact,
  PLACES,
  REFERENCE,
  REWARDS,
  tableGradient,
  tableOf,
  wordLogprobs,
} from "./small-policy.ts";

interface Estimate {
  /** The price of a nat; J's by default. */
  readonly beta?: number;
  /** What each word of an answer counts. Default 1. */
  readonly counts?: (length: number, t: number) => number;
  /** What is taken off: the mean R, nothing, or the mean r alone. Default the mean R. */
  readonly baseline?: "R" | "none" | "r";
  /** What is left of it all. */
  readonly times?: number;
}

/** Answers of a group. */
export const GROUP = 4;

/** Mistakes that learners make, in the order of the page. */
export const WRONG = {
  "no baseline": { baseline: "none" },
  "the price behind the baseline": { baseline: "r" },
  "the baseline has the answer in it": { times: (GROUP - 1) / GROUP },
  "no price": { beta: 0 },
  "the last token left out": { counts: (length, t) => (t === length - 1 ? 0 : 1) },
  "the mean over tokens, not their sum": { counts: (length) => 1 / length },
} as const satisfies Readonly<Record<string, Estimate>>;

/** The policy of the goldens: it has left the reference already, so that a price is paid. */
const POLICY = exact("logprobs");
const TABLE = tableOf(POLICY);
const [BETA] = exact("beta");

/** The mean gradient, of all numbers of the table. */
function meanOf({
  beta = BETA,
  counts = () => 1,
  baseline: kind = "R",
  times = 1,
}: Estimate): Float64Array {
  const [own, reference] = [TABLE, tableOf(REFERENCE)].map(wordLogprobs);
  const R = ANSWERS.map((answer, y) => {
    const price = answer.reduce((sum, _, t) => {
      const at = PLACES[y][t];
      return sum + counts(answer.length, t) * (own[at] - reference[at]);
    }, 0);
    return REWARDS[y] - beta * price;
  });
  const p = POLICY.map(Math.exp);
  const known: readonly number[] = { R, r: [...REWARDS], none: [] }[kind];
  const baseline = known.reduce((sum, one, y) => sum + p[y] * one, 0);
  const slopes = new Float64Array(TABLE.length);
  ANSWERS.forEach((answer, y) => {
    PLACES[y].forEach((place, t) => {
      slopes[place] += times * p[y] * (R[y] - baseline) * counts(answer.length, t);
    });
  });
  return tableGradient(TABLE, slopes);
}

/** How far the mean is from J's gradient, beside that one's length. */
export function errorOf(mistake: keyof typeof WRONG): number {
  const right = meanOf({});
  const wrong = meanOf(WRONG[mistake]);
  return lengthOf(right.map((slope, i) => slope - wrong[i])) / lengthOf(right);
}
