/**
 * Orders in which engines sum a dot product, each step rounded. They differ in the last bits, and all are right.
 * @module
 */

/** Rounds to what a sum is kept in. */
export type Round = (x: number) => number;

/** Σ a[aFrom + i] · b[bFrom + i], i < n. */
export type Dot = (
  a: ArrayLike<number>,
  aFrom: number,
  b: ArrayLike<number>,
  bFrom: number,
  n: number,
) => number;

/**
 * The same rounding in a form that JavaScript engines inline, which they do not with one of several functions. A sum
 * that is only ever rounded by one of them does not need it.
 */
function inlined(round: Round): Round {
  const isFloat32 = round === Math.fround;
  return (x) => (isFloat32 ? Math.fround(x) : round(x));
}

/** One term after the other, as a plain loop does. */
export function sequential(rounding: Round): Dot {
  const round = inlined(rounding);
  return (a, aFrom, b, bFrom, n) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum = round(sum + round(a[aFrom + i] * b[bFrom + i]));
    return sum;
  };
}

/** From the last term to the first. */
export function reversed(rounding: Round): Dot {
  const round = inlined(rounding);
  return (a, aFrom, b, bFrom, n) => {
    let sum = 0;
    for (let i = n - 1; i >= 0; i--) sum = round(sum + round(a[aFrom + i] * b[bFrom + i]));
    return sum;
  };
}

/** The product is not rounded before it is added: a fused multiply-add. */
export function fused(round: Round): Dot {
  return (a, aFrom, b, bFrom, n) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum = round(sum + a[aFrom + i] * b[bFrom + i]);
    return sum;
  };
}

/** Halves, summed by themselves, as NumPy and many a GPU's reduction do. */
export function pairwise(rounding: Round): Dot {
  const round = inlined(rounding);
  const dot: Dot = (a, aFrom, b, bFrom, n) => {
    if (n === 0) return 0;
    if (n < 4) {
      // As below, without a call for each term.
      const first = round(a[aFrom] * b[bFrom]);
      if (n === 1) return first;
      let second = round(a[aFrom + 1] * b[bFrom + 1]);
      if (n === 3) second = round(second + round(a[aFrom + 2] * b[bFrom + 2]));
      return round(first + second);
    }
    const half = n >> 1;
    return round(dot(a, aFrom, b, bFrom, half) + dot(a, aFrom + half, b, bFrom + half, n - half));
  };
  return dot;
}

/**
 * Blocks of 32 terms, each summed by itself, as vector units and quantised formats do.
 * @param across rounds the sum over blocks. Default: as within them.
 */
export function blocked(round: Round, across: Round = round): Dot {
  const inner = sequential(round);
  return (a, aFrom, b, bFrom, n) => {
    let sum = 0;
    for (let i = 0; i < n; i += 32) {
      sum = across(sum + inner(a, aFrom + i, b, bFrom + i, Math.min(32, n - i)));
    }
    return sum;
  };
}
