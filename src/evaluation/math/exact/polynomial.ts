/**
 * Polynomials with rational coefficients in atoms: letters, roots of primes, and whatever else is taken as a whole. Exponents may
 * be fractions: √2·x is 1·2^(1/2)·x^1.
 *
 * Roots of distinct primes are independent over the rationals (Besicovitch 1940): a polynomial in letters and such
 * roots is 0 only if it has no terms. That makes the comparison of surds exact.
 * @module
 */
import { isZero, plus, type Rational, rational, times } from "./rational.ts";

/** One factor of a term. */
export interface Atom {
  /** Equal atoms have equal keys. */
  readonly key: string;
  /** Of a prime, and of −1: its whole powers are numbers. */
  readonly integer?: bigint;
  /** Whether nothing relates it to other atoms but the rules of exponents. */
  readonly isFree: boolean;
}

export interface Term {
  readonly coefficient: Rational;
  readonly factors: ReadonlyMap<string, readonly [Atom, Rational]>;
}

/** Terms by their factors. */
export type Polynomial = ReadonlyMap<string, Term>;

/** More is not computed: (x+y+z)^50 is no answer. */
const MOST_TERMS = 400;

/** It would have too many terms, or a number too many digits. */
export class TooLarge extends Error {
  override readonly name: string = "TooLarge";
}

export const ZERO: Polynomial = new Map();

export function constant(value: Rational): Polynomial {
  return made([{ coefficient: value, factors: new Map() }]);
}

/** atom^exponent. */
export function atomPower(atom: Atom, exponent: Rational): Polynomial {
  const factors = new Map([[atom.key, [atom, exponent] as const]]);
  return made([reduced({ coefficient: rational(1n), factors })]);
}

export function added(a: Polynomial, b: Polynomial): Polynomial {
  return made([...a.values(), ...b.values()]);
}

export function multiplied(a: Polynomial, b: Polynomial): Polynomial {
  if (a.size * b.size > MOST_TERMS * 10) throw new TooLarge("terms");
  const terms: Term[] = [];
  for (const x of a.values()) for (const y of b.values()) terms.push(termProduct(x, y));
  return made(terms);
}

/** The value of a polynomial without atoms. */
export function constantOf(polynomial: Polynomial): Rational | undefined {
  if (polynomial.size === 0) return rational(0n);
  const [term] = polynomial.values();
  return polynomial.size === 1 && term.factors.size === 0 ? term.coefficient : undefined;
}

/** Coefficient and factors of a polynomial of one term. */
export function singleTerm(polynomial: Polynomial): Term | undefined {
  const [term] = polynomial.values();
  return polynomial.size === 1 ? term : undefined;
}

/** Whether it is 0 only if it has no terms. √−1 is independent of real roots; other roots of −1 are related to each other. */
export function isCanonical(polynomial: Polynomial): boolean {
  return [...polynomial.values()].every(({ factors }) =>
    [...factors.values()].every(
      ([{ isFree, integer }, exponent]) => isFree && (integer !== -1n || exponent.under === 2n),
    ),
  );
}

/** A text that equal polynomials have in common. */
export function polynomialKey(polynomial: Polynomial): string {
  return [...polynomial]
    .map(([key, { coefficient }]) => `${coefficient.over}/${coefficient.under}${key}`)
    .sort()
    .join("+");
}

function made(terms: Iterable<Term>): Polynomial {
  const result = new Map<string, Term>();
  for (const term of terms) {
    const key = termKey(term);
    const before = result.get(key);
    const coefficient = before ? plus(before.coefficient, term.coefficient) : term.coefficient;
    if (isZero(coefficient)) result.delete(key);
    else result.set(key, { ...term, coefficient });
    if (coefficient.over.toString(16).length > 2000) throw new TooLarge("digits");
  }
  if (result.size > MOST_TERMS) throw new TooLarge("terms");
  return result;
}

function termProduct(a: Term, b: Term): Term {
  const factors = new Map(a.factors);
  for (const [key, [atom, exponent]] of b.factors) {
    const before = factors.get(key)?.[1];
    factors.set(key, [atom, before ? plus(before, exponent) : exponent]);
  }
  return reduced({ coefficient: times(a.coefficient, b.coefficient), factors });
}

/** Whole powers of numbers go into the coefficient, and powers 0 away. */
function reduced({ coefficient, factors }: Term): Term {
  let value = coefficient;
  const kept = new Map<string, readonly [Atom, Rational]>();
  for (const [key, [atom, exponent]] of factors) {
    let left = exponent;
    if (atom.integer !== undefined) {
      const whole = floor(exponent);
      if (whole > 1000n || whole < -1000n) throw new TooLarge("digits");
      const factor = atom.integer ** (whole < 0n ? -whole : whole);
      value = times(value, whole < 0n ? rational(1n, factor) : rational(factor));
      left = plus(exponent, rational(-whole));
    }
    if (!isZero(left)) kept.set(key, [atom, left]);
  }
  return { coefficient: value, factors: kept };
}

function floor({ over, under }: Rational): bigint {
  const whole = over / under;
  return over % under !== 0n && over < 0n ? whole - 1n : whole;
}

function termKey({ factors }: Term): string {
  return [...factors]
    .map(([key, [, { over, under }]]) => `·${key}^${over}/${under}`)
    .sort()
    .join("");
}
