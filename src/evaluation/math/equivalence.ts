/**
 * Whether two answers are the same formula: what the harness asks of SymPy (`simplify(a - b) == 0`), without SymPy.
 *
 * 1. Both are read as SymPy reads them (`./latex/parser.ts`), with all its ways.
 * 2. Their difference is computed exactly, as a polynomial in letters and roots of primes: that decides fractions, polynomials and surds.
 * 3. What is left (sines, nested roots, powers with letters above) is compared at random complex points.
 *
 * Not every verdict is SymPy's. `docs/evaluation.md` says how many of the pairs that were tried differ, and lists them.
 * @module
 */
import { xoshiro128 } from "../../random.ts";
import { difference, normalForm, Undefined } from "./exact/normal-form.ts";
import { isCanonical, TooLarge } from "./exact/polynomial.ts";
import { readLatex } from "./latex/parser.ts";
import { Unreadable } from "./latex/tokens.ts";
import { type Expression, hasPart, keyOf } from "./latex/tree.ts";
import type { Complex } from "./numeric/complex.ts";
import { size, subtract } from "./numeric/complex.ts";
import { evaluateAt } from "./numeric/evaluate.ts";

/** A verdict, and how it came about. */
export interface Comparison {
  /** "unknown" counts as wrong, as in the harness, where SymPy could not read or subtract it. */
  readonly verdict: "same" | "different" | "unknown";
  /** How it was found. */
  readonly by: /** They are written alike. */
    | "text"
    /** The difference, computed exactly. */
    | "algebra"
    /** Values at random points. */
    | "numbers"
    /** One of them is no formula, but a pair, an interval, a word, or a kind of formula that is not read. */
    | "unreadable"
    /** Relations are not subtracted. */
    | "relation"
    /** There is a division by 0, or no point where both have a value. */
    | "undefined";
  /** Whether something behind the formulas was left unread: "3, 4" is read as 3. */
  readonly isWhole: boolean;
}

/** Random points, and how many of them must have a value. */
const POINTS = 12;
const NEEDED = 3;
/** Relative, and beyond it what was lost on the way: some hundred roundings of 1e-16. */
const TOLERANCE = 1e-11;
/** A value this much smaller than those on the way to it has too few digits left. */
const LOST = 1e4;

/** Compares two answers, normalised as by `minervaNormalized`. Never throws. */
export function mathEquivalence(a: string, b: string): Comparison {
  try {
    const [first, second] = [readLatex(a), readLatex(b)];
    const isWhole = first.isWhole && second.isWhole;
    return { ...compare(first.expression, second.expression), isWhole };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { verdict: "unknown", by: "unreadable", isWhole: false };
  }
}

function compare(a: Expression, b: Expression): Omit<Comparison, "isWhole"> {
  const isRelation = (part: Expression) => part.kind === "relation";
  if (hasPart(a, isRelation) || hasPart(b, isRelation)) {
    return { verdict: "unknown", by: "relation" };
  }
  try {
    const rest = difference(normalForm(a), normalForm(b));
    if (rest.size === 0) return { verdict: "same", by: "algebra" };
    if (isCanonical(rest)) return { verdict: "different", by: "algebra" };
  } catch (error) {
    // ∞ − ∞ is no number: for SymPy, too, ∞ is not the same as ∞.
    if (error instanceof Undefined) return { verdict: "unknown", by: "undefined" };
    if (!(error instanceof TooLarge)) throw error;
    if (keyOf(a) === keyOf(b)) return { verdict: "same", by: "text" };
  }
  return compareNumbers(a, b);
}

function compareNumbers(a: Expression, b: Expression): Omit<Comparison, "isWhole"> {
  let compared = 0;
  for (let seed = 1; seed <= POINTS; seed++) {
    const point = pointOf(seed);
    const [x, y] = [evaluateAt(a, point), evaluateAt(b, point)];
    const [sizeX, sizeY] = [size(x.value), size(y.value)];
    const scale = Math.max(sizeX, sizeY);
    const largest = Math.max(x.largest, y.largest);
    if (!Number.isFinite(largest) || Number.isNaN(scale)) continue;
    const distance = size(subtract(x.value, y.value));
    // Both are 0, as far as digits go.
    const isLost = scale * LOST < largest;
    if (distance > TOLERANCE * (isLost ? largest : scale))
      return { verdict: "different", by: "numbers" };
    if (isLost && scale > TOLERANCE * largest) continue;
    compared++;
  }
  if (compared >= NEEDED) return { verdict: "same", by: "numbers" };
  return { verdict: "unknown", by: "undefined" };
}

/** Letters by their names, on a ring around 0: left of 0, too, where roots and logarithms have their other values. */
function pointOf(seed: number): (name: string) => Complex {
  const values = new Map<string, Complex>();
  return (name) => {
    let value = values.get(name);
    if (!value) {
      const random = xoshiro128(hash(name) ^ Math.imul(seed, 0x9e3779b9));
      const [radius, angle] = [0.4 + random(), 2 * Math.PI * random()];
      value = [radius * Math.cos(angle), radius * Math.sin(angle)];
      values.set(name, value);
    }
    return value;
  };
}

/** FNV-1a */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const character of text) {
    value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  return value >>> 0;
}
