/**
 * Strengths of many models from matches of two (Bradley and Terry 1952):
 *
 *     P(i beats j) = 1 / (1 + exp(sⱼ − sᵢ))
 *
 * The log-likelihood Σ w_ij · log P(i beats j), w_ij the wins of i over j and half of their ties, is concave; Newton's method finds
 * its maximum. FastChat's `fit_bt` (`rating_systems.py`) fits the same with L-BFGS to 1e-6.
 * @module
 */
import { brief } from "../../brief.ts";
import { refusals } from "../../errors.ts";
import { sigmoid, softplus } from "../../nn/logistic.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { listsInJson } from "../../tensor/json.ts";
import { inverse } from "./inverse.ts";
import { type Match, winMatrix } from "./match.ts";
import { assertRankable } from "./rankable.ts";

/** Options of {@link bradleyTerry}. */
export interface BradleyTerryOptions {
  /**
   * Ties that are added between every two models, so that strengths exist whatever the matches: half a tie is 0.5. It draws all
   * towards each other. Default 0: no prior.
   */
  readonly priorTies?: number;
}

const NAMES: OptionNames<BradleyTerryOptions> = { priorTies: true };

/** Models from the strongest to the weakest; `i` and `j` are places in that order. */
export interface BradleyTerry {
  /** Their names, the strongest first. */
  readonly models: readonly string[];
  /** s, natural logarithm, with mean 0. */
  readonly strengths: Float64Array;
  /** 1000 + 400/ln 10 · s: as FastChat's leaderboard has them, with mean 1000. */
  readonly elo: Float64Array;
  /** differenceErrors[i][j]: the standard error of sᵢ − sⱼ, from the inverse of the information. */
  readonly differenceErrors: readonly Float64Array[];
  /** winProbabilities[i][j]: P(i beats j), a tie counted half. */
  readonly winProbabilities: readonly Float64Array[];
  /** wins[i][j]: wins of i over j and half of their ties, without the prior. */
  readonly wins: readonly Float64Array[];
  /** Matches that count. */
  readonly matches: number;
  /** Matches with an error, which do not count. */
  readonly errors: number;
}

/** What 1 of strength is on the scale of Elo: a tenfold odds is 400 points. */
export const ELO_PER_STRENGTH: number = 400 / Math.LN10;
/** Where Elo begins. */
export const ELO_START = 1000;

const MOST_STEPS = 200;
const TOLERANCE = 1e-13;
/** Most that a strength moves in a step: far from the maximum a whole step goes anywhere. */
const LEAP = 4;
/** From here on Newton's steps are exact but for their square. */
const CLOSE = 1e-5;

/**
 * Fits the strengths.
 * @throws {ArgumentError} if there is no finite fit and no prior: a model won or lost everything, or the matches fall apart.
 */
export function bradleyTerry(
  matches: readonly Match[],
  options: BradleyTerryOptions = {},
): BradleyTerry {
  const op = "bradleyTerry";
  assertOptions(op, options, NAMES);
  const { priorTies = 0 } = options;
  if (!(Number.isFinite(priorTies) && priorTies >= 0)) {
    throw refusals(op).argument("priorTies", "0 or a positive number", brief(priorTies));
  }
  const matrix = winMatrix(matches);
  const wins = matrix.wins.map((row, i) =>
    row.map((won, j) => (i === j ? 0 : won + priorTies / 2)),
  );
  assertRankable(op, { ...matrix, wins });
  const found = strengthsOf(wins);
  if (found.some(Number.isNaN)) {
    const expected = "strengths that float64 can tell apart from infinite ones";
    throw refusals(op).argument(
      "matches",
      expected,
      "hardly any wins that say so",
      "give a larger { priorTies }, such as 0.5",
    );
  }
  const order = Array.from(found.keys()).sort((i, j) => found[j] - found[i] || i - j);
  const strengths = Float64Array.from(order, (i) => found[i]);
  const permuted = (rows: readonly Float64Array[]) =>
    order.map((i) => Float64Array.from(order, (j) => rows[i][j]));
  const covariance = inverse(information(permuted(wins), strengths));
  const between = (of: (i: number, j: number) => number) =>
    order.map((_, i) => strengths.map((_, j) => of(i, j)));
  return listsInJson({
    models: order.map((i) => matrix.models[i]),
    strengths,
    elo: strengths.map((s) => ELO_START + ELO_PER_STRENGTH * s),
    differenceErrors: between((i, j) => {
      const variance = covariance[i][i] + covariance[j][j] - 2 * covariance[i][j];
      return i === j ? 0 : Math.sqrt(variance);
    }),
    winProbabilities: between((i, j) => sigmoid(strengths[i] - strengths[j])),
    wins: permuted(matrix.wins),
    matches: matrix.matches,
    errors: matrix.errors,
  });
}

function strengthsOf(wins: readonly Float64Array[]): Float64Array {
  let strengths = new Float64Array(wins.length);
  let value = logLikelihood(wins, strengths);
  for (let step = 0; step < MOST_STEPS; step++) {
    const slope = gradient(wins, strengths);
    const move = inverse(information(wins, strengths)).map((row) =>
      row.reduce((sum, x, j) => sum + x * slope[j], 0),
    );
    const size = Math.max(...move.map(Math.abs));
    // Information that rounds to nothing has no inverse.
    if (!Number.isFinite(size)) return strengths.fill(Number.NaN);
    // A whole step may leap over the maximum; then a shorter one does not.
    for (let scale = Math.min(1, LEAP / size); scale * size >= TOLERANCE; scale /= 2) {
      const next = centred(strengths.map((s, i) => s + scale * move[i]));
      const reached = logLikelihood(wins, next);
      // So close to the maximum, rounding alone says which of two values is higher.
      if (reached < value && size > CLOSE) continue;
      [strengths, value] = [next, reached];
      break;
    }
    if (size < TOLERANCE) break;
  }
  return strengths;
}

function logLikelihood(wins: readonly Float64Array[], s: Float64Array): number {
  let sum = 0;
  wins.forEach((row, i) => {
    row.forEach((won, j) => {
      if (won > 0) sum -= won * softplus(s[j] - s[i]);
    });
  });
  return sum;
}

/** Wins that a model has more than it was to be expected. */
function gradient(wins: readonly Float64Array[], s: Float64Array): Float64Array {
  return s.map((own, i) =>
    wins[i].reduce((sum, won, j) => {
      return sum + won * sigmoid(s[j] - own) - wins[j][i] * sigmoid(own - s[j]);
    }, 0),
  );
}

/**
 * Minus the second derivatives, plus 1/n everywhere: strengths are known up to a constant only, and that makes the matrix regular
 * without changing the variance of any difference.
 */
function information(wins: readonly Float64Array[], s: Float64Array): Float64Array[] {
  const n = s.length;
  const matrix = Array.from({ length: n }, () => new Float64Array(n).fill(1 / n));
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const p = sigmoid(s[i] - s[j]);
      const h = (wins[i][j] + wins[j][i]) * p * (1 - p);
      matrix[i][i] += h;
      matrix[j][j] += h;
      matrix[i][j] -= h;
      matrix[j][i] -= h;
    }
  }
  return matrix;
}

function centred(values: Float64Array): Float64Array<ArrayBuffer> {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return Float64Array.from(values, (value) => value - mean);
}
