/**
 * The choice of a token, looked at step by step, in the order in which the sampler (sampler.ts) takes them and with its own
 * functions:
 *
 *     logit → ÷ temperature → softmax → top-p → top-k → min-p → renormalised → the one at u of the cumulated distribution
 *
 * @module
 */
import { assertInteger, numberGot, POSITIVE } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { displayed } from "../../interp/display/display.ts";
import { argmax, assertLogits, type LogitRow, numbersOf } from "../../nn/log-softmax.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { xoshiro128 } from "../../random.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import {
  assertSampling,
  assertTemperatureFor,
  drawnRank,
  keptTokens,
  largest,
  SAMPLING_NAMES,
  type SamplingOptions,
  type TokenDistribution,
  tempered,
  tokenDistribution,
} from "../sampler.ts";
import type { SamplingCandidate, SamplingInspection } from "./sampling-inspection.ts";
import { samplingTable } from "./sampling-table.ts";

/** The settings of the sampler, and what is to be listed. */
export interface InspectSamplingOptions extends SamplingOptions {
  /** Divides the logits; 0 is greedy. Default 1. */
  readonly temperature?: number;
  /** Draws as the first token of a generation with this seed is drawn. */
  readonly seed?: number;
  /** Draws at this point of the cumulated distribution, from 0 to below 1, instead of a seed's. */
  readonly random?: number;
  /** How many candidates are listed: the most probable; the drawn one comes in any case. Default 20. */
  readonly top?: number;
}

export const INSPECT_SAMPLING_NAMES: OptionNames<InspectSamplingOptions> = {
  ...SAMPLING_NAMES,
  seed: true,
  random: true,
  top: true,
};

/**
 * What sampling makes of the logits of one position [V], and what it draws. In float64, as the sampler.
 * @param options {@link InspectSamplingOptions}
 * @throws {ArgumentError} if an option is out of range or does nothing, a logit is NaN or +∞, or all are −∞.
 */
export function inspectSampling(
  given: LogitRow,
  options: InspectSamplingOptions = {},
): SamplingInspection {
  assertOptions("inspectSampling", options, INSPECT_SAMPLING_NAMES);
  assertInspection(options);
  return inspection(given, options);
}

/** As {@link inspectSampling}, with options that have been checked. */
export function inspection(
  given: LogitRow,
  options: InspectSamplingOptions,
  tokenizer?: Tokenizer,
): SamplingInspection {
  const { temperature = 1, topP = 1, topK, minP = 0, seed, top = 20 } = options;
  const random = seed === undefined ? options.random : xoshiro128(seed)();
  const logits = numbersOf("inspectSampling", "logits", given);
  assertLogits("inspectSampling", logits);
  const V = logits.length;
  const isGreedy = temperature === 0;
  const own = tempered(logits, 1);
  const after = isGreedy ? onlyOne(V, argmax(logits)) : tempered(logits, temperature);
  const distribution: TokenDistribution = isGreedy
    ? { ids: [argmax(logits)], probabilities: Float64Array.of(1) }
    : tokenDistribution(logits, { temperature, topP, topK, minP });
  const keptByP = topP < 1 ? keptTokens(after, { topP, topK: V }) : undefined;
  const keptByK =
    minP > 0 ? keptTokens(after, { topP, topK: Math.min(topK ?? V, V) }) : distribution.ids;
  const sumByK = minP > 0 ? sumOf(keptByK, after) : 1;
  const drawnId = drawnOf(distribution, isGreedy ? 0 : random);

  const ordered = isGreedy ? own : after;
  let order = largest(ordered, Math.min(top, V));
  const listed = order.slice();
  if (drawnId !== undefined && !order.includes(drawnId)) {
    order = largest(ordered, V);
    listed.push(drawnId);
  }
  const sums = cumulated(order, after);
  const intervals = intervalsOf(distribution, listed);
  const sumByP = keptByP ? sumOf(keptByP, after) : 1;
  const survivors = new Set(keptByP);
  const survivorsOfK = new Set(minP > 0 ? Array.from(keptByK) : []);
  const candidates = listed.map((id): SamplingCandidate => {
    const rank = order.indexOf(id);
    const isKeptByP = keptByP === undefined || survivors.has(id);
    const [p, interval] = intervals.get(id) ?? [0, [0, 0]];
    const isKeptByK = minP > 0 ? survivorsOfK.has(id) : p > 0;
    const filter = !isKeptByP ? "topP" : isKeptByK ? "minP" : "topK";
    const droppedBy = isGreedy ? "greedy" : after[id] === 0 ? "zero" : filter;
    const survives = p > 0;
    return {
      rank,
      id,
      ...(tokenizer && id < tokenizer.vocabSize ? { piece: tokenizer.piece(id) } : {}),
      logit: logits[id],
      probability: own[id],
      ...(isGreedy ? {} : { scaled: logits[id] / temperature }),
      tempered: after[id],
      before: sums[rank],
      cumulative: sums[rank + 1],
      afterTopP: isKeptByP ? after[id] / sumByP : 0,
      afterTopK: minP > 0 && isKeptByK ? after[id] / sumByK : p,
      afterMinP: p,
      survives,
      ...(survives ? {} : { droppedBy }),
      interval,
    };
  });
  const drawn = candidates.find(({ id }) => id === drawnId);
  const mayCome = distribution.probabilities.filter((p) => p > 0).length;
  const afterTopK = minP > 0 ? keptByK.length : mayCome;
  const inspected: SamplingInspection = {
    temperature,
    topP,
    ...(topK === undefined ? {} : { topK }),
    ...(minP > 0 ? { minP } : {}),
    counts: {
      all: V,
      afterTopP: isGreedy ? 1 : (keptByP?.length ?? V),
      afterTopK,
      afterMinP: mayCome,
    },
    candidates,
    ...(drawn === undefined ? {} : { drawn }),
    ...(random === undefined ? {} : { random }),
  };
  return displayed(inspected, samplingTable);
}

/** All probability on one token: softmax(logits / T) for T → 0. */
function onlyOne(V: number, id: number): Float64Array {
  const probabilities = new Float64Array(V);
  probabilities[id] = 1;
  return probabilities;
}

function drawnOf(distribution: TokenDistribution, u: number | undefined): number | undefined {
  return u === undefined ? undefined : distribution.ids[drawnRank(distribution, u)];
}

function sumOf(ids: ArrayLike<number>, p: Float64Array): number {
  return Array.from(ids).reduce((sum, id) => sum + p[id], 0);
}

/** Sums of `p` in that order: of none, of the first, of the first two … */
function cumulated(order: readonly number[], p: Float64Array): Float64Array {
  const sums = new Float64Array(order.length + 1);
  for (const [rank, id] of order.entries()) sums[rank + 1] = sums[rank] + p[id];
  return sums;
}

/** Of those among `listed` that may come: the probability, and between which numbers it is drawn. Summed as `draw` does. */
function intervalsOf(
  { ids, probabilities }: TokenDistribution,
  listed: readonly number[],
): ReadonlyMap<number, readonly [p: number, interval: readonly [number, number]]> {
  const wanted = new Set(listed);
  const intervals = new Map<number, readonly [number, readonly [number, number]]>();
  let sum = 0;
  for (let i = 0; i < ids.length; i++) {
    const from = sum;
    sum += probabilities[i];
    if (wanted.has(ids[i])) intervals.set(ids[i], [probabilities[i], [from, sum]]);
  }
  return intervals;
}

/** @throws {ArgumentError} if an option is out of range, or does nothing. */
export function assertInspection(options: InspectSamplingOptions): void {
  const op = "inspectSampling";
  const { temperature = 1, seed, random, top = 20 } = options;
  const settings = { ...options, temperature };
  assertSampling(op, settings);
  assertInteger(op, "top", top, POSITIVE);
  if (seed !== undefined) {
    const as = "an integer from 0 to 4294967295";
    assertInteger(op, "seed", seed, { from: 0, to: 2 ** 32 - 1, as });
    assertTemperatureFor(op, "seed", settings);
  }
  if (random === undefined) return;
  assertTemperatureFor(op, "random", settings);
  if (seed !== undefined) {
    throw refusals(op).argument("random", "a seed or a number", "both", "a seed gives a number");
  }
  if (!(typeof random === "number" && random >= 0 && random < 1)) {
    throw refusals(op).argument("random", "a number from 0 to below 1", numberGot(random));
  }
}
