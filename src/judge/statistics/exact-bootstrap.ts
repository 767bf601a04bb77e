/**
 * The bootstrap with infinitely many resamples. A prompt drawn at random has k half points with probability c_k/n; so the sum of
 * n draws has the coefficients of a power as its probabilities,
 *
 *     ( Σ_k c_k/n · x^k )^n
 *
 * and nothing is left to chance. A seeded bootstrap can be judged by it.
 * @module
 */
import { refusals } from "../../errors.ts";
import { assertPrompts, type PromptRatings } from "./bootstrap.ts";
import { assertLevel, DEFAULT_LEVEL, type Interval } from "./intervals.ts";

/** Probabilities of `from`, `from` + 1, …; of all others 0. */
interface Distribution {
  readonly from: number;
  readonly p: Float64Array;
}

/** Ends of a distribution that hold less are cut: after some twenty products 1e-20 each is far below rounding. */
const NEGLIGIBLE = 1e-20;
/** A cumulated probability that equals a bound on paper may be off by rounding. */
const ROUNDING = 1e-13;

/**
 * The smallest rates whose cumulated probability reaches (1 − level)/2 and (1 + level)/2.
 * @throws {ArgumentError} unless all prompts have the same number of ratings: else the rate is no multiple of one step.
 */
export function exactBootstrapInterval(
  prompts: readonly PromptRatings[],
  level: number = DEFAULT_LEVEL,
): Interval {
  const op = "exactBootstrapInterval";
  assertLevel(op, level);
  assertPrompts(op, prompts);
  const n = prompts.length;
  const ratings = prompts[0].length;
  const odd = prompts.findIndex(({ length }) => length !== ratings);
  if (odd >= 0) {
    const hint = "bootstrapInterval takes prompts with different numbers of ratings";
    const expected = `${ratings} ratings, as the first prompt`;
    throw refusals(op).argument(`prompts[${odd}]`, expected, prompts[odd].length, hint);
  }
  const once = new Float64Array(2 * ratings + 1);
  for (const prompt of prompts) once[2 * prompt.reduce((a, b) => a + b, 0)] += 1 / n;
  const { from, p } = power({ from: 0, p: once }, n);
  const reach = (share: number) => {
    let cumulated = 0;
    for (let k = 0; k < p.length; k++) {
      cumulated += p[k];
      if (cumulated >= share - ROUNDING) return (from + k) / (2 * ratings * n);
    }
    return (from + p.length - 1) / (2 * ratings * n);
  };
  return [reach((1 - level) / 2), reach((1 + level) / 2)];
}

/** By squaring. */
function power(base: Distribution, exponent: number): Distribution {
  let [result, square]: (Distribution | undefined)[] = [undefined, base];
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = result ? product(result, square as Distribution) : square;
    if (rest > 1) square = product(square as Distribution, square as Distribution);
  }
  return result as Distribution;
}

function product(a: Distribution, b: Distribution): Distribution {
  const p = new Float64Array(a.p.length + b.p.length - 1);
  for (let i = 0; i < a.p.length; i++) {
    if (a.p[i] === 0) continue;
    for (let j = 0; j < b.p.length; j++) p[i + j] += a.p[i] * b.p[j];
  }
  let [begin, end] = [0, p.length];
  for (let cut = p[begin]; cut < NEGLIGIBLE && begin < end - 1; cut += p[begin]) begin++;
  for (let cut = p[end - 1]; cut < NEGLIGIBLE && end > begin + 1; cut += p[end - 1]) end--;
  return { from: a.from + b.from + begin, p: p.subarray(begin, end) };
}
