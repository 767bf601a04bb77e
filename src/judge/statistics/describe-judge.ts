/**
 * What the statistics say about a judge, in words: before its verdicts are believed, its habits are named.
 * @module
 */

import { signTest } from "../../evaluation/metrics/compare.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { assertPairs, type JudgedPair, outcomeOf } from "../outcome.ts";
import { type Agreement, agreement } from "./agreement.ts";
import { assertLevel } from "./intervals.ts";
import { type LengthBias, lengthBias } from "./length-bias.ts";
import { type PositionBias, positionBias } from "./position-bias.ts";

/**
 * What a judge is above all, the first that holds:
 *
 * - `"unparsed"`: most of its answers have no verdict;
 * - `"first"`, `"second"`: it prefers the answer shown there;
 * - `"longer"`, `"shorter"`: it prefers that answer;
 * - `"tie"`: it hardly ever decides;
 * - `"perfect"`: all its verdicts are those that are known to be right;
 * - `"accurate"`: they are right more often than a coin is;
 * - `"random"`: nothing tells its verdicts from a coin's;
 * - `"consistent"`: it decides alike in both orders; whether it is right is not known, or not often enough;
 * - `"wrong"`: it is wrong more often than a coin is;
 * - `"unclear"`: there are too few pairs, or pairs shown in one order only, to tell.
 */
export type JudgeKind =
  | "unparsed"
  | "first"
  | "second"
  | "longer"
  | "shorter"
  | "tie"
  | "perfect"
  | "accurate"
  | "random"
  | "consistent"
  | "wrong"
  | "unclear";

/** A habit of a judge. */
export interface Finding {
  /** Its name. */
  readonly kind: JudgeKind;
  /** With the figures that show it. */
  readonly sentence: string;
}

/** A judge, described. */
export interface JudgeDescription {
  /** That of the first finding. */
  readonly kind: JudgeKind;
  /** All that was found, what is worst first. */
  readonly findings: readonly Finding[];
  /** Pairs with a verdict in each order that they were shown in. */
  readonly pairs: number;
  /** Pairs left out, as a verdict is missing. */
  readonly errors: number;
  /** What places had to do with it. */
  readonly position: PositionBias;
  /** What lengths had to do with it. */
  readonly length: LengthBias;
  /** Verdicts beside what is known. */
  readonly agreement: Agreement;
}

/** Options of {@link describeJudge}. */
export interface DescribeJudgeOptions {
  /** The most probable accident that is still taken for a habit. Default 0.001: several things are tested at once. */
  readonly alpha?: number;
}

const NAMES: OptionNames<DescribeJudgeOptions> = { alpha: true };

/** An accident that is improbable may still be a small matter: a habit shows in that share of what it could show in. */
const HABIT = 0.7;
/** Ties beyond which a judge does not decide. */
const UNDECIDED = 0.9;

/**
 * Describes a judge by its verdicts. Pairs shown in both orders say most; lengths and what is known to be better help.
 * @throws {ArgumentError} if a pair is not one.
 */
export function describeJudge(
  pairs: readonly JudgedPair[],
  options: DescribeJudgeOptions = {},
): JudgeDescription {
  const op = "describeJudge";
  assertOptions(op, options, NAMES);
  const { alpha = 0.001 } = options;
  assertLevel(op, alpha);
  assertPairs(op, pairs);
  const errors = pairs.filter((pair) => outcomeOf(pair) === "error").length;
  const all: Facts = {
    ...{ total: pairs.length, errors, alpha },
    position: positionBias(pairs),
    length: lengthBias(pairs),
    agreement: agreement(pairs),
  };
  const habits = [unparsed(all), place(all), length(all), undecided(all)];
  const found = habits.filter((finding) => finding !== undefined);
  // What a habit decides, an ability does not: then only what is known says something.
  const worth = rightness(all) ?? (found.length === 0 ? steadiness(all) : undefined);
  const findings = [...found, ...(worth ? [worth] : [])];
  const { position, agreement: agreed } = all;
  const described = { pairs: pairs.length - errors, errors, position, length: all.length };
  return { kind: findings[0].kind, findings, ...described, agreement: agreed };
}

interface Facts {
  readonly total: number;
  readonly errors: number;
  readonly alpha: number;
  readonly position: PositionBias;
  readonly length: LengthBias;
  readonly agreement: Agreement;
}

type Found = Finding | undefined;

function unparsed({ total, errors }: Facts): Found {
  if (errors <= total / 2) return undefined;
  const what = errors === total ? "never gives" : "seldom gives";
  const sentence = `${what} a verdict that can be read: ${errors} of ${total} pairs are left out`;
  return { kind: "unparsed", sentence };
}

function place({ position, alpha }: Facts): Found {
  const { first, second, both, flipsToFirst, flipsToSecond, p } = position;
  const [one, other] = both > 0 ? [flipsToFirst, flipsToSecond] : [first, second];
  if (!isHabit(one, other, p, alpha)) return undefined;
  const kind = one > other ? "first" : "second";
  const share = (100 * Math.max(first, second)) / (first + second);
  const flips =
    both > 0
      ? `; in ${Math.max(one, other)} of ${both} pairs it is the one shown ${kind} in either order, in ${Math.min(one, other)} the one shown ${kind === "first" ? "second" : "first"}`
      : "";
  const sentence = `prefers the answer shown ${kind}: ${share.toFixed(0)} % of its verdicts${flips} (p ${inWords(p)})`;
  return { kind, sentence };
}

/** A judge that is right more often than a coin may find longer answers better because they are; then its mistakes tell. */
function length({ length: all, agreement: agreed, alpha }: Facts): Found {
  const mistakes = isAble(agreed, alpha) ? all.mistakes : undefined;
  const { longer, shorter, p } = mistakes ?? all;
  if (!isHabit(longer, shorter, p, alpha)) return undefined;
  const kind = longer > shorter ? "longer" : "shorter";
  const where = mistakes
    ? `in ${mistakes[kind]} of ${longer + shorter} mistakes`
    : `in ${all[kind]} of ${longer + shorter} pairs${all.mistakes ? "" : ", where it may also be the better one"}`;
  return { kind, sentence: `prefers the ${kind} answer: ${where} (p ${inWords(p)})` };
}

function undecided({ position: { first, second, tie } }: Facts): Found {
  const verdicts = first + second + tie;
  if (verdicts === 0 || tie < UNDECIDED * verdicts) return undefined;
  return { kind: "tie", sentence: `hardly ever decides: ${tie} of ${verdicts} verdicts are ties` };
}

/** How good it is, by what is known. */
function rightness({ agreement: agreed, alpha }: Facts): Found {
  const { pairs, right, decidedRight, decidedWrong, p } = agreed;
  if (p >= alpha) return undefined;
  if (right === pairs) {
    return { kind: "perfect", sentence: `is right in all ${pairs} pairs (p ${inWords(p)})` };
  }
  const [kind, than] = decidedRight > decidedWrong ? GOOD : BAD;
  const sentence = `is ${than} more often than a coin: ${rightIn(agreed)} (p ${inWords(p)})`;
  return { kind, sentence };
}

const GOOD = ["accurate", "right"] as const;
const BAD = ["wrong", "wrong"] as const;
const isAble = ({ p, decidedRight, decidedWrong }: Agreement, alpha: number) =>
  p < alpha && decidedRight > decidedWrong;
const rightIn = ({ right, pairs }: Agreement) => `right in ${right} of ${pairs} pairs`;

/** A coin gives the same winner in the other order as often as the other one. */
function steadiness({ position, agreement: agreed, alpha }: Facts): Finding {
  const { both, kept, flipsToFirst, flipsToSecond } = position;
  const decided = kept + flipsToFirst + flipsToSecond;
  const known = agreed.pairs > 0 ? `; ${rightIn(agreed)}, as a coin might be` : "";
  if (both === 0) {
    const isKnown = agreed.decidedRight + agreed.decidedWrong >= enough(alpha);
    return isKnown
      ? { kind: "random", sentence: `cannot be told from a coin: ${rightIn(agreed)}` }
      : {
          kind: "unclear",
          sentence: "was asked in one order: only both orders, or known answers, tell",
        };
  }
  const figures = `the same winner in both orders in ${kept} of ${decided} pairs that were decided twice${known}`;
  if (decided < enough(alpha)) {
    return { kind: "unclear", sentence: `was asked too little to tell: ${figures}` };
  }
  const isSteady = signTest(kept, decided - kept).p < alpha && 2 * kept > decided;
  return isSteady
    ? { kind: "consistent", sentence: `is consistent: ${figures}` }
    : { kind: "random", sentence: `cannot be told from a coin: ${figures}` };
}

const isHabit = (one: number, other: number, p: number, alpha: number) =>
  p < alpha && Math.max(one, other) >= HABIT * (one + other);

/** So many tosses of a coin can show a habit: 2·2⁻ⁿ < alpha. */
const enough = (alpha: number) => Math.floor(1 + Math.log2(2 / alpha));

const inWords = (p: number) => (p < 1e-4 ? "< 0.0001" : `= ${p.toFixed(4)}`);
