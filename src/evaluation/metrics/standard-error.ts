/**
 * Standard errors, as the harness gives them (`lm_eval/api/metrics.py`). They say how far a number would move with other
 * documents of the same kind. For two models on the same documents they are too wide: `compareRuns` is for that.
 * @module
 */
import { assertInteger } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { PythonRandom } from "../../python/random.ts";
import { mean, sum } from "./aggregate.ts";

/** Replicates that one generator draws. */
const CHUNK = 1000;

/** √(Σ (x − mean)² / (n − 1)); NaN for a single value, whose spread nobody knows. */
export function sampleDeviation(values: readonly number[]): number {
  const center = mean(values);
  return Math.sqrt(sum(values.map((value) => (value - center) ** 2)) / (values.length - 1));
}

/** The standard error of a mean: sample deviation / √n. For values of 0 and 1 that is √(p(1 − p)/(n − 1)). */
export function meanError(values: readonly number[]): number {
  return sampleDeviation(values) / Math.sqrt(values.length);
}

/**
 * The standard error of any statistic: the sample deviation of its values for lists drawn from `items` with replacement.
 * Chunk i of 1000 lists is drawn by CPython's `random.Random(i).choices`, so that the result is the harness's own.
 * @param replicates how many lists. Of more than 1000 only whole thousands are drawn, as in the harness. Its default is 100000.
 */
export function bootstrapError<T>(
  statistic: (items: readonly T[]) => number,
  items: readonly T[],
  replicates: number,
): number {
  assertInteger("bootstrapError", "replicates", replicates, { from: 2 });
  if (items.length === 0)
    throw refusals("bootstrapError").argument("items", "at least one", "none");
  const size = Math.min(CHUNK, replicates);
  const values: number[] = [];
  for (let chunk = 0; chunk < Math.floor(replicates / size); chunk++) {
    const random = new PythonRandom(chunk);
    for (let i = 0; i < size; i++) values.push(statistic(random.choices(items, items.length)));
  }
  return sampleDeviation(values);
}

/** A task of a group: its mean, the standard error of that, and how many documents it has. */
export interface GroupMember {
  readonly mean: number;
  readonly error: number;
  readonly size: number;
}

/**
 * The mean of a group of tasks, and its standard error (`aggregate_subtask_metrics`, `pooled_sample_stderr`):
 *
 *     mean  = Σ size·mean / Σ size, or with `bySize: false` Σ mean / tasks
 *     error = √( Σ (size − 1)·error²·size / (Σ size − tasks) / Σ size )
 *
 * The error is the same for both means, as in the harness; strictly it belongs to the first.
 */
export function pooled(
  members: readonly GroupMember[],
  { bySize = true }: { readonly bySize?: boolean } = {},
): { readonly mean: number; readonly error: number } {
  const all = sum(members.map(({ size }) => size));
  const weights = members.map(({ size }) => (bySize ? size : 1));
  const variance =
    sum(members.map(({ size, error }) => (size - 1) * error ** 2 * size)) / (all - members.length);
  return {
    mean: sum(members.map((member, i) => member.mean * weights[i])) / sum(weights),
    error: Math.sqrt(variance / all),
  };
}
