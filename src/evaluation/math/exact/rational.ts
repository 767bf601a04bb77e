/**
 * Fractions of integers, exact.
 * @module
 */

/** over / under, in lowest terms; `under` is positive. */
export interface Rational {
  readonly over: bigint;
  readonly under: bigint;
}

/** @param under not 0. */
export function rational(over: bigint, under = 1n): Rational {
  const divisor = gcd(over, under) * (under < 0n ? -1n : 1n);
  return { over: over / divisor, under: under / divisor };
}

export function plus(a: Rational, b: Rational): Rational {
  return rational(a.over * b.under + b.over * a.under, a.under * b.under);
}

export function times(a: Rational, b: Rational): Rational {
  return rational(a.over * b.over, a.under * b.under);
}

export function isZero({ over }: Rational): boolean {
  return over === 0n;
}

export function isInteger({ under }: Rational): boolean {
  return under === 1n;
}

/** The number next to it, also of fractions whose parts are beyond all numbers. */
export function toNumber({ over, under }: Rational): number {
  const direct = Number(over) / Number(under);
  if (Number.isFinite(direct)) return direct;
  const shift = BigInt(Math.max(0, under.toString(2).length - 60));
  return Number(over >> shift) / Number(under >> shift);
}

function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x === 0n ? 1n : x;
}
