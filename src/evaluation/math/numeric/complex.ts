/**
 * Complex numbers and the principal values of functions of them.
 * @module
 */

/** re + i·im */
export type Complex = readonly [re: number, im: number];

export const ONE: Complex = [1, 0];
const I: Complex = [0, 1];
const HALF_PI: Complex = [Math.PI / 2, 0];

export function add([a, b]: Complex, [c, d]: Complex): Complex {
  return [a + c, b + d];
}

export function subtract([a, b]: Complex, [c, d]: Complex): Complex {
  return [a - c, b - d];
}

export function multiply([a, b]: Complex, [c, d]: Complex): Complex {
  return [a * c - b * d, a * d + b * c];
}

export function divide([a, b]: Complex, [c, d]: Complex): Complex {
  const square = c * c + d * d;
  return [(a * c + b * d) / square, (b * c - a * d) / square];
}

export function size([a, b]: Complex): number {
  return Math.hypot(a, b);
}

export function exp([a, b]: Complex): Complex {
  return [Math.exp(a) * Math.cos(b), Math.exp(a) * Math.sin(b)];
}

export function log(z: Complex): Complex {
  return [Math.log(size(z)), Math.atan2(z[1] === 0 ? 0 : z[1], z[0])];
}

export function power(base: Complex, exponent: Complex): Complex {
  const [whole, imaginary] = exponent;
  if (imaginary === 0 && Number.isInteger(whole) && Math.abs(whole) <= 64) {
    let result = ONE;
    for (let i = 0; i < Math.abs(whole); i++) result = multiply(result, base);
    return whole < 0 ? divide(ONE, result) : result;
  }
  if (size(base) === 0) return [whole > 0 ? 0 : Number.NaN, 0];
  return exp(multiply(exponent, log(base)));
}

const scaled = (z: Complex, by: number): Complex => [z[0] * by, z[1] * by];
const sqrt = (z: Complex): Complex => power(z, [0.5, 0]);
const sinh = (z: Complex): Complex => scaled(subtract(exp(z), exp(scaled(z, -1))), 0.5);
const cosh = (z: Complex): Complex => scaled(add(exp(z), exp(scaled(z, -1))), 0.5);
const sin = (z: Complex): Complex => divide(sinh(multiply(I, z)), I);
const cos = (z: Complex): Complex => cosh(multiply(I, z));
const tan = (z: Complex): Complex => divide(sin(z), cos(z));
const tanh = (z: Complex): Complex => divide(sinh(z), cosh(z));
/** −i·ln(iz + √(1 − z²)) */
const asin = (z: Complex): Complex =>
  divide(log(add(multiply(I, z), sqrt(subtract(ONE, multiply(z, z))))), I);
const acos = (z: Complex): Complex => subtract(HALF_PI, asin(z));
/** (ln(1 + iz) − ln(1 − iz)) / 2i */
const atan = (z: Complex): Complex => {
  const iz = multiply(I, z);
  return divide(subtract(log(add(ONE, iz)), log(subtract(ONE, iz))), [0, 2]);
};
const asinh = (z: Complex): Complex => log(add(z, sqrt(add(multiply(z, z), ONE))));
const acosh = (z: Complex): Complex =>
  log(add(z, multiply(sqrt(add(z, ONE)), sqrt(subtract(z, ONE)))));
const atanh = (z: Complex): Complex =>
  scaled(subtract(log(add(ONE, z)), log(subtract(ONE, z))), 0.5);
const inverse = (z: Complex): Complex => divide(ONE, z);

/** Γ, by Lanczos' series (g = 7, nine terms: Godfrey 2001), within 1e-13 or so; by reflection left of ½. */
export function gamma(z: Complex): Complex {
  if (z[0] < 0.5) {
    const sine = sin(scaled(z, Math.PI));
    return divide([Math.PI, 0], multiply(sine, gamma(subtract(ONE, z))));
  }
  const at = subtract(z, ONE);
  let series: Complex = [LANCZOS[0], 0];
  for (let i = 1; i < LANCZOS.length; i++) {
    series = add(series, divide([LANCZOS[i], 0], add(at, [i, 0])));
  }
  const t = add(at, [7.5, 0]);
  const front = multiply(power(t, add(at, [0.5, 0])), exp(scaled(t, -1)));
  return multiply(scaled(front, Math.sqrt(2 * Math.PI)), series);
}

const LANCZOS = [
  ...[0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313],
  ...[-176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6],
  1.5056327351493116e-7,
];

const factorial = (z: Complex): Complex => gamma(add(z, ONE));

/** By the names that the parser gives them. */
export const FUNCTIONS: Readonly<Record<string, (...inputs: Complex[]) => Complex>> = {
  ...{ exp, log, sin, cos, tan, sinh, cosh, tanh },
  ...{ asin, acos, atan, asinh, acosh, atanh },
  csc: (z) => inverse(sin(z)),
  sec: (z) => inverse(cos(z)),
  cot: (z) => inverse(tan(z)),
  csch: (z) => inverse(sinh(z)),
  acsc: (z) => asin(inverse(z)),
  asec: (z) => acos(inverse(z)),
  acot: (z) => atan(inverse(z)),
  abs: (z) => [size(z), 0],
  conjugate: ([a, b]) => [a, -b],
  floor: ([a, b]) => [Math.floor(a), Math.floor(b)],
  ceiling: ([a, b]) => [Math.ceil(a), Math.ceil(b)],
  factorial,
  binomial: (n, k) => divide(factorial(n), multiply(factorial(k), factorial(subtract(n, k)))),
};
