/**
 * From the values of all documents to one number, by the harness's names (`lm_eval/api/metrics.py`). Sums go from left to
 * right, as CPython's `sum` does.
 * @module
 */
import { refusals } from "../../errors.ts";

/** A sum of log-probabilities, and the words or bytes it is for. */
export type Weighted = readonly [logprob: number, weight: number];

/** A right answer, and the one given. */
export type Labelled = readonly [gold: number, predicted: number];

/** Σ x / n. @throws {ArgumentError} if there is nothing to average. */
export function mean(values: readonly number[]): number {
  assertSome("mean", values);
  return sum(values) / values.length;
}

/** The mean of the numbers that are not NaN; NaN if there are none. */
export function nanmean(values: readonly number[]): number {
  const numbers = values.filter((value) => !Number.isNaN(value));
  return numbers.length === 0 ? Number.NaN : mean(numbers);
}

/** The value in the middle; of an even number of values the upper of the two there, as in the harness. */
export function median(values: readonly number[]): number {
  assertSome("median", values);
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** exp(−mean): of log-probabilities, one a document. */
export function perplexity(logprobs: readonly number[]): number {
  return Math.exp(-mean(logprobs));
}

/** exp(−Σ log p / Σ weights): `word_perplexity` and `byte_perplexity` of rolling tasks. */
export function weightedPerplexity(items: readonly Weighted[]): number {
  return Math.exp(-weightedMean(items));
}

/** −Σ log p / Σ bytes / ln 2. */
export function bitsPerByte(items: readonly Weighted[]): number {
  return -weightedMean(items) / Math.log(2);
}

/** F1 of the label 1: 2·tp / (2·tp + fp + fn); 0 where nothing is 1. */
export function f1(items: readonly Labelled[]): number {
  assertSome("f1", items);
  const count = (test: (gold: boolean, predicted: boolean) => boolean) =>
    items.filter(([gold, predicted]) => test(gold === 1, predicted === 1)).length;
  const hits = count((gold, predicted) => gold && predicted);
  const misses = count((gold, predicted) => gold !== predicted);
  return hits === 0 ? 0 : (2 * hits) / (2 * hits + misses);
}

/**
 * Matthews' correlation of right and given labels, any number of kinds (Gorodkin 2004); 0 where either has one kind only.
 */
export function matthews(items: readonly Labelled[]): number {
  assertSome("matthews", items);
  const n = items.length;
  const kinds = [...new Set(items.flat())];
  const golds = kinds.map((kind) => items.filter(([gold]) => gold === kind).length);
  const predictions = kinds.map(
    (kind) => items.filter(([, predicted]) => predicted === kind).length,
  );
  const right = items.filter(([gold, predicted]) => gold === predicted).length;
  const dot = (a: readonly number[], b: readonly number[]) => sum(a.map((x, i) => x * b[i]));
  const spread = Math.sqrt((n * n - dot(golds, golds)) * (n * n - dot(predictions, predictions)));
  return spread === 0 ? 0 : (right * n - dot(golds, predictions)) / spread;
}

/** Σ log p / Σ weights. */
function weightedMean(items: readonly Weighted[]): number {
  assertSome("weightedMean", items);
  return sum(items.map(([logprob]) => logprob)) / sum(items.map(([, weight]) => weight));
}

export function sum(values: readonly number[]): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

function assertSome(op: string, values: readonly unknown[]): void {
  if (values.length > 0) return;
  throw refusals(op).argument("values", "at least one", "none", "did a limit leave no documents?");
}
