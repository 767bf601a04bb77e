/**
 * What is said of numbers that are off: where, by how much, and which known mistake gives the same numbers.
 * @module
 */
import type { Accuracy } from "../../backend/backend.ts";
import { distanceOf, overBudget } from "../judge/distance.ts";
import type { TapResult } from "../run/result.ts";
import type { Budget } from "../vectors/vector.ts";
import { shown } from "./failure.ts";

/** Numbers that are expected, row-major, and how far off they may be. */
export interface Wanted {
  readonly values: ArrayLike<number>;
  readonly columns: number;
  budget(accuracy: Accuracy): Budget;
}

/** A mistake that would explain wrong numbers. */
export interface Slip {
  /** The kernel that makes it; the one that is tried when absent. */
  readonly kernel?: string;
  /** The mistake. A sentence without a capital or a full stop. */
  readonly says: string;
  /** What it gives in the place of what is expected. */
  values(): ArrayLike<number> | undefined;
}

/** What is wrong, without a full stop. */
export interface Problem {
  /** The kernel whose mistake explains it, if it is another's. */
  readonly kernel?: string;
  readonly says: string;
}

/** A mistake must be so many times nearer than the truth. */
const CLEARLY = 3;

/** Classes that a result may be right in, from the strictest to the widest. */
const CLASSES: readonly Accuracy[] = ["float64", "float32", "bfloat16"];

/** Holds `got` against `wanted`; where it is off, the first of `slips` that explains it is what is said. */
export function verdict(
  got: ArrayLike<number>,
  wanted: Wanted,
  accuracy: Accuracy,
  slips: Iterable<Slip>,
  tap: string,
): { readonly result: TapResult; readonly problem?: Problem } {
  const { values, columns } = wanted;
  const budget = wanted.budget(accuracy);
  const { at, nrmse, max } = distanceOf(got, values);
  const over = overBudget({ nrmse, max }, budget);
  const index = [Math.floor(at / columns), at % columns];
  const result = { tap, nrmse, max, over, at: index, got: got[at], expected: values[at] };
  if (over <= 1) return { result };
  const text = `${tap}[${index}] is ${shown(got[at])}, expected ${shown(values[at])}`;
  for (const { kernel, says, values } of slips) {
    const explained = values();
    if (!explained || explained.length !== got.length) continue;
    const away = overBudget(distanceOf(got, explained), budget);
    if (!(away <= 1 && away * CLEARLY <= over)) continue;
    return { result, problem: { says: `${says} (${text})`, ...(kernel && { kernel }) } };
  }
  const looser = CLASSES.slice(1).find(
    (other) => overBudget({ nrmse, max }, wanted.budget(other)) <= 1,
  );
  if (accuracy === "float64" && looser) {
    const says = `${text}: as near as ${looser} is, where info promises ${accuracy}`;
    return { result, problem: { says } };
  }
  const far = Number.isFinite(over) ? `, ${factor(over)} its budget in ${accuracy}` : "";
  return { result, problem: { says: `${text}${far}` } };
}

/** `4.7 times`, `2.3e+6 times`. */
function factor(over: number): string {
  return `${over < 1000 ? Number(over.toPrecision(2)) : over.toExponential(1)} times`;
}
