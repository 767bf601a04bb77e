/**
 * Expressions as a quotient of two polynomials. What is no polynomial (a sine, a root of a sum, a power with a letter above) is an
 * atom by the normal form of its own parts.
 * @module
 */
import type { Expression } from "../latex/tree.ts";
import {
  type Atom,
  added,
  atomPower,
  constant,
  constantOf,
  multiplied,
  type Polynomial,
  polynomialKey,
  singleTerm,
  TooLarge,
  ZERO,
} from "./polynomial.ts";
import { isInteger, isZero, type Rational, rational, times } from "./rational.ts";

/** over / under */
export interface Quotient {
  readonly over: Polynomial;
  readonly under: Polynomial;
}

/** There is a division by 0, or ∞. */
export class Undefined extends Error {
  override readonly name: string = "Undefined";
}

const ONE = constant(rational(1n));
/** Primes up to here are found. */
const LARGEST_PRIME = 100_000n;
const LARGEST_EXPONENT = 200n;

/**
 * @throws {TooLarge} if it has too many terms.
 * @throws {Undefined} for a division by 0, and ∞.
 */
export function normalForm(expression: Expression): Quotient {
  switch (expression.kind) {
    case "number":
      return { over: constant(expression.value), under: ONE };
    case "symbol":
      return whole(symbol(expression.name), rational(1n));
    case "sum":
      return expression.parts.map(normalForm).reduce(sumOf);
    case "product":
      return expression.parts.map(normalForm).reduce(productOf);
    case "power":
      return powerOf(expression.base, expression.exponent);
    case "call":
      return callOf(expression.name, expression.inputs.map(normalForm));
    default:
      throw new Undefined(expression.kind);
  }
}

/** a − b as one polynomial, which is 0 if a = b. */
export function difference(a: Quotient, b: Quotient): Polynomial {
  const minus = multiplied(constant(rational(-1n)), multiplied(b.over, a.under));
  return added(multiplied(a.over, b.under), minus);
}

function sumOf(a: Quotient, b: Quotient): Quotient {
  return {
    over: added(multiplied(a.over, b.under), multiplied(b.over, a.under)),
    under: multiplied(a.under, b.under),
  };
}

function productOf(a: Quotient, b: Quotient): Quotient {
  return { over: multiplied(a.over, b.over), under: multiplied(a.under, b.under) };
}

function powerOf(base: Expression, above: Expression): Quotient {
  const [form, exponentForm] = [normalForm(base), normalForm(above)];
  const exponent = constantValue(exponentForm);
  if (exponent === undefined) {
    return whole(opaque(`(${keyOf(form)})^(${keyOf(exponentForm)})`), rational(1n));
  }
  if (isInteger(exponent)) return integerPower(form, exponent.over);
  const value = constantValue(form);
  if (value !== undefined) return { over: rationalPower(value, exponent), under: ONE };
  // √x of a letter is a power of that letter; √(x²) is not x.
  if (base.kind === "symbol") return whole(symbol(base.name), exponent);
  const wholePart = exponent.over / exponent.under - (exponent.over < 0n ? 1n : 0n);
  const rest = rational(exponent.over - wholePart * exponent.under, exponent.under);
  const root = whole(opaque(`(${keyOf(form)})^(${rest.over}/${rest.under})`), rational(1n));
  return productOf(integerPower(form, wholePart), root);
}

function integerPower(form: Quotient, exponent: bigint): Quotient {
  if (exponent < 0n) {
    if (form.over.size === 0) throw new Undefined("division by 0");
    return integerPower({ over: form.under, under: form.over }, -exponent);
  }
  if (exponent > LARGEST_EXPONENT) {
    // x^2024 is one term, whatever its exponent.
    const [over, under] = [singleTerm(form.over), singleTerm(form.under)];
    if (!over || !under || exponent > 10_000n) throw new TooLarge("exponent");
  }
  let result: Quotient = { over: ONE, under: ONE };
  let square = form;
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = productOf(result, square);
    if (left > 1n) square = productOf(square, square);
  }
  return result;
}

/** A root of a number, by its primes: √12 = 2·3^(1/2). The principal one of a negative number. */
function rationalPower({ over, under }: Rational, exponent: Rational): Polynomial {
  if (over === 0n) {
    if (exponent.over < 0n) throw new Undefined("division by 0");
    return ZERO;
  }
  let result = ONE;
  const absolute = over < 0n ? -over : over;
  for (const [prime, count] of primesOf(absolute)) {
    const power = times(exponent, rational(count));
    result = multiplied(result, atomPower(number(prime), power));
  }
  for (const [prime, count] of primesOf(under)) {
    const power = times(exponent, rational(-count));
    result = multiplied(result, atomPower(number(prime), power));
  }
  return over < 0n ? multiplied(result, atomPower(number(-1n), exponent)) : result;
}

function primesOf(value: bigint): Map<bigint, bigint> {
  const primes = new Map<bigint, bigint>();
  let left = value;
  for (let p = 2n; p * p <= left; p += p === 2n ? 1n : 2n) {
    if (p > LARGEST_PRIME) throw new TooLarge("primes");
    while (left % p === 0n) {
      left /= p;
      primes.set(p, (primes.get(p) ?? 0n) + 1n);
    }
  }
  if (left > 1n) primes.set(left, (primes.get(left) ?? 0n) + 1n);
  return primes;
}

function callOf(name: string, inputs: readonly Quotient[]): Quotient {
  const values = inputs.map(constantValue);
  const exact = exactCall(name, values);
  if (exact) return { over: constant(exact), under: ONE };
  if (values.every((value) => value !== undefined) && isOfIntegers(name)) throw new Undefined(name);
  return whole(opaque(`${name}(${inputs.map(keyOf).join()})`), rational(1n));
}

function isOfIntegers(name: string): boolean {
  return name === "floor" || name === "ceiling";
}

/** Functions of numbers that are numbers. */
function exactCall(
  name: string,
  [value, second]: readonly (Rational | undefined)[],
): Rational | undefined {
  if (value === undefined) return undefined;
  const { over, under } = value;
  const floored = over >= 0n || over % under === 0n ? over / under : over / under - 1n;
  if (name === "abs") return over < 0n ? rational(-over, under) : value;
  if (name === "conjugate") return value;
  if (name === "floor") return rational(floored);
  if (name === "ceiling") return rational(isInteger(value) ? over : floored + 1n);
  if (name === "factorial" && isInteger(value) && over >= 0n && over <= 200n) {
    return rational(factorial(over));
  }
  if (name === "binomial" && second && isInteger(value) && isInteger(second)) {
    const k = second.over;
    if (over < 0n || over > 200n || k < 0n || k > over) return undefined;
    return rational(factorial(over) / (factorial(k) * factorial(over - k)));
  }
  if (name === "log" && over === under) return rational(0n);
  if (name === "exp" && isZero(value)) return rational(1n);
  return undefined;
}

function factorial(n: bigint): bigint {
  return n <= 1n ? 1n : n * factorial(n - 1n);
}

/** The number that a quotient is. */
function constantValue({ over, under }: Quotient): Rational | undefined {
  const [above, below] = [constantOf(over), constantOf(under)];
  if (above === undefined || below === undefined) return undefined;
  if (isZero(below)) throw new Undefined("division by 0");
  return rational(above.over * below.under, above.under * below.over);
}

function keyOf({ over, under }: Quotient): string {
  return `${polynomialKey(over)}:${polynomialKey(under)}`;
}

function whole(atom: Atom, exponent: Rational): Quotient {
  return { over: atomPower(atom, exponent), under: ONE };
}

function symbol(name: string): Atom {
  return { key: name, isFree: true };
}

function number(integer: bigint): Atom {
  return { key: `#${integer}`, integer, isFree: true };
}

function opaque(key: string): Atom {
  return { key: `⟨${key}⟩`, isFree: false };
}
