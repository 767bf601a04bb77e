/**
 * A curve of many steps in few points: steps side by side become one, with the mean of their values.
 * @module
 */

/** A point of a curve. */
export interface CurvePoint {
  /** Where it lies, a step or a mean of steps. */
  readonly step: number;
  /** The loss there, or whatever the curve shows. */
  readonly value: number;
}

/**
 * At most `count` points over the steps from 1 to `steps`, in their order. Steps without a finite value are left out.
 * @param steps of the whole run, so that a curve that is still growing keeps its place.
 */
export function fewPoints(
  points: readonly CurvePoint[],
  steps: number,
  count: number,
): (CurvePoint & { readonly bucket: number })[] {
  const sums = new Map<number, { step: number; value: number; of: number }>();
  for (const { step, value } of points) {
    if (!Number.isFinite(value)) continue;
    const bucket = Math.min(count - 1, Math.floor(((step - 1) * count) / Math.max(1, steps)));
    const sum = sums.get(bucket) ?? { step: 0, value: 0, of: 0 };
    sums.set(bucket, { step: sum.step + step, value: sum.value + value, of: sum.of + 1 });
  }
  return [...sums]
    .sort(([a], [b]) => a - b)
    .map(([bucket, { step, value, of }]) => ({ bucket, step: step / of, value: value / of }));
}
