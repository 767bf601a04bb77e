/**
 * From logits to the next token, in the order of gemma_pytorch (gemma/model.py, 014acb7):
 *
 *     p = softmax(logits / temperature)
 *     top-p: walk from the most probable; drop a token once those before it sum to more than topP
 *     top-k: keep the first topK of what is left
 *     min-p: keep those that are at least minP times as probable as the first
 *     renormalise, draw
 *
 * Order matters: other libraries filter by k first and renormalise, which changes the p of the remaining tokens. Min-p is not
 * Google's: Nguyen et al. 2024, arXiv:2407.01082, after the temperature as in Hugging Face and vLLM.
 * @module
 */
import { brief } from "../brief.ts";
import { assertInteger, numberGot, POSITIVE } from "../check.ts";
import { refusals } from "../errors.ts";
import { argmax, assertLogits, type LogitRow, numbersOf } from "../nn/log-softmax.ts";
import { softmaxInPlace } from "../nn/softmax.ts";
import { assertOptions, type OptionNames } from "../options.ts";
import type { Random } from "../random.ts";
import { listsInJson } from "../tensor/json.ts";

/** How a token is chosen of a row of logits [V]. Greedy if there is no temperature. */
export interface SamplingOptions {
  /** Divides the logits; 0 is greedy. Default 0. */
  readonly temperature?: number;
  /** Keeps the fewest tokens whose probabilities sum to more than this. Default 1: all. */
  readonly topP?: number;
  /** Keeps at most this many tokens. Default: all. */
  readonly topK?: number;
  /** Keeps the tokens that are at least this share as probable as the most probable one. Default 0: all. */
  readonly minP?: number;
}

export const SAMPLING_NAMES: OptionNames<SamplingOptions> = {
  temperature: true,
  topP: true,
  topK: true,
  minP: true,
};

/** What is handed to the draw: tokens that may come, and how probable each is. */
export interface TokenDistribution {
  /** Token ids, the most probable first, equal ones by id; in order of id if nothing was filtered. */
  readonly ids: ArrayLike<number>;
  /** Their probabilities, which sum to 1. */
  readonly probabilities: Float64Array;
}

/**
 * The next token: the most probable one, or one drawn. A token whose logit is −∞ never comes.
 * @param given the logits of one position.
 * @param random numbers from 0 to below 1, as `Math.random` gives; needed with a temperature above 0.
 * @throws {ArgumentError} if an option is out of range, a logit is NaN or +∞, or all are −∞.
 */
export function nextToken(
  given: LogitRow,
  options: SamplingOptions = {},
  random: Random = neverAsked,
): number {
  assertOptions("nextToken", options, SAMPLING_NAMES);
  assertSampling("nextToken", options);
  if (typeof random !== "function" || (options.temperature && random === neverAsked)) {
    const got = random === neverAsked ? "nothing" : brief(random);
    const expected = "a function that gives numbers from 0 to below 1";
    throw refusals("nextToken").argument("random", expected, got, "such as Math.random");
  }
  const logits = numbersOf("nextToken", "logits", given);
  assertLogits("nextToken", logits);
  return chooseToken(logits, options, random);
}

/** Stands in where nothing is drawn. */
const neverAsked: Random = () => 0;

/** As {@link nextToken}, with options and logits that have been checked. */
export function chooseToken(
  logits: ArrayLike<number>,
  options: SamplingOptions,
  random: Random,
): number {
  if (!options.temperature) return argmax(logits);
  return draw(distributionOf(logits, options), random());
}

/**
 * The distribution the next token is drawn from, in float64. A token whose logit is −∞ has probability 0.
 * @param options {@link SamplingOptions}; here the temperature must be above 0. Default 1.
 * @throws {ArgumentError} if an option is out of range, a logit is NaN or +∞, or all are −∞.
 */
export function tokenDistribution(
  given: LogitRow,
  options: SamplingOptions = {},
): TokenDistribution {
  assertOptions("tokenDistribution", options, SAMPLING_NAMES);
  const { temperature = 1 } = options;
  assertSampling("tokenDistribution", { ...options, temperature });
  const logits = numbersOf("tokenDistribution", "logits", given);
  assertLogits("tokenDistribution", logits);
  if (temperature > 0) return listsInJson(distributionOf(logits, { ...options, temperature }));
  const expected = "a number above 0: greedy draws from no distribution";
  throw refusals("tokenDistribution").argument("temperature", expected, temperature);
}

function distributionOf(
  logits: ArrayLike<number>,
  { temperature = 1, topP = 1, topK = logits.length, minP = 0 }: SamplingOptions,
): TokenDistribution {
  // #region distribution
  const V = logits.length;
  const probabilities = tempered(logits, temperature);
  if (topP >= 1 && topK >= V && minP <= 0)
    return { ids: Array.from({ length: V }, (_, v) => v), probabilities };

  const ids = keptTokens(probabilities, { topP, topK: Math.min(topK, V), minP });
  const kept = Float64Array.from(ids, (id) => probabilities[id]);
  const keptSum = kept.reduce((a, b) => a + b, 0);
  return { ids, probabilities: kept.map((p) => p / keptSum) };
  // #endregion
}

/** softmax(logits / temperature), of all tokens: before anything is filtered. */
export function tempered(logits: ArrayLike<number>, temperature: number): Float64Array {
  const V = logits.length;
  const max = logits[argmax(logits)];
  const probabilities = new Float64Array(V);
  for (let v = 0; v < V; v++) probabilities[v] = (logits[v] - max) / temperature;
  softmaxInPlace(probabilities, V, (p) => p);
  return probabilities;
}

/**
 * The tokens that top-p, top-k and min-p keep, the most probable first. Each keeps a beginning of that list, so all three keep
 * the shortest of them. Only as much is sorted as is kept.
 * @param filters with a `topK` of at most V.
 */
export function keptTokens(
  probabilities: Float64Array,
  {
    topP,
    topK,
    minP = 0,
  }: { readonly topP: number; readonly topK: number; readonly minP?: number },
): number[] {
  // They usually end after a few tokens; look further only when they do not.
  for (let look = Math.min(topK, 256); ; look = Math.min(topK, look * 16)) {
    const sorted = largest(probabilities, look);
    // #region walk
    let before = 0;
    for (let rank = 0; rank < sorted.length; rank++) {
      const p = probabilities[sorted[rank]];
      if (before > topP || p < minP * probabilities[sorted[0]]) return sorted.slice(0, rank);
      before += p;
    }
    // #endregion
    if (look === topK) return sorted;
  }
}

/** Indices of the `count` largest values, largest first, equal ones by index. */
export function largest(values: Float64Array, count: number): number[] {
  const isBelow = (i: number, j: number) =>
    values[i] < values[j] || (values[i] === values[j] && i > j);
  // A heap whose root is the least of those kept so far: most values are turned away at the root.
  const heap: number[] = [];
  const sink = (at: number) => {
    for (let child = 2 * at + 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && isBelow(heap[child + 1], heap[child])) child++;
      if (!isBelow(heap[child], heap[at])) return;
      [heap[at], heap[child]] = [heap[child], heap[at]];
      at = child;
    }
  };
  for (let i = 0; i < values.length; i++) {
    if (heap.length < count) {
      heap.push(i);
      if (heap.length === count) for (let at = count >> 1; at >= 0; at--) sink(at);
    } else if (isBelow(heap[0], i)) {
      heap[0] = i;
      sink(0);
    }
  }
  return heap.sort((i, j) => values[j] - values[i] || i - j);
}

/**
 * The token at `u` of the cumulated distribution. One of probability 0 never comes.
 * @param distribution as {@link tokenDistribution} gives it
 * @throws {ArgumentError} unless `u` lies in [0, 1).
 */
export function draw(distribution: TokenDistribution, u: number): number {
  if (!(u >= 0 && u < 1)) {
    throw refusals("sample").argument("random", "a number from 0 to below 1", brief(u));
  }
  return distribution.ids[drawnRank(distribution, u)];
}

/** The place in `ids` of the token at `u`. */
export function drawnRank({ probabilities }: TokenDistribution, u: number): number {
  // #region draw
  let sum = 0;
  let last = 0;
  for (let rank = 0; rank < probabilities.length; rank++) {
    if (probabilities[rank] === 0) continue;
    sum += probabilities[rank];
    if (u < sum) return rank;
    last = rank;
  }
  return last; // rounding may leave the sum a little below 1
  // #endregion
}

/**
 * @throws {ArgumentError} if an option is out of range, or does nothing.
 * @param options {@link SamplingOptions}
 */
export function assertSampling(op: string, options: SamplingOptions): void {
  const { temperature = 0, topP = 1, topK, minP = 0 } = options;
  const refuse = refusals(op);
  const isNumber = (x: unknown) => typeof x === "number";
  if (!(isNumber(temperature) && temperature >= 0 && temperature < Number.POSITIVE_INFINITY)) {
    throw refuse.argument("temperature", "0 (greedy) or a positive number", numberGot(temperature));
  }
  if (!(isNumber(topP) && topP > 0 && topP <= 1)) {
    throw refuse.argument("topP", "a number above 0, at most 1", numberGot(topP));
  }
  if (topP < 1) assertTemperatureFor(op, "topP", options);
  if (!(isNumber(minP) && minP >= 0 && minP <= 1)) {
    throw refuse.argument("minP", "a number from 0 (all) to 1", numberGot(minP));
  }
  if (minP > 0) assertTemperatureFor(op, "minP", options);
  if (topK === undefined) return;
  assertInteger(op, "topK", topK, POSITIVE);
  assertTemperatureFor(op, "topK", options);
}

/** @throws {ArgumentError} if `option`, which says how to draw, comes without a temperature: then nothing is drawn. */
export function assertTemperatureFor(
  op: string,
  option: string,
  { temperature = 0 }: SamplingOptions,
): void {
  if (temperature > 0) return;
  const hint =
    "without one the most probable token is always taken; give temperature: 1 to draw from the model's own distribution";
  throw refusals(op).argument(option, "a temperature above 0 with it", temperature, hint);
}
