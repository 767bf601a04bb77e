/**
 * A curve of many steps in few points: steps side by side become one, with the mean of what they lost.
 * @module
 */

/** A point of a curve. */
export interface CurvePoint {
  /** Where it lies, a step or a mean of steps. */
  readonly step: number;
  /** The loss there. */
  readonly loss: number;
}

/**
 * At most `count` points over the steps from 1 to `steps`, in their order. Steps without a finite loss are left out.
 * @param steps of the whole run, so that a curve that is still growing keeps its place.
 */
export function fewPoints(
  points: readonly CurvePoint[],
  steps: number,
  count: number,
): (CurvePoint & { readonly bucket: number })[] {
  const sums = new Map<number, { step: number; loss: number; of: number }>();
  for (const { step, loss } of points) {
    if (!Number.isFinite(loss)) continue;
    const bucket = Math.min(count - 1, Math.floor(((step - 1) * count) / Math.max(1, steps)));
    const sum = sums.get(bucket) ?? { step: 0, loss: 0, of: 0 };
    sums.set(bucket, { step: sum.step + step, loss: sum.loss + loss, of: sum.of + 1 });
  }
  return [...sums]
    .sort(([a], [b]) => a - b)
    .map(([bucket, { step, loss, of }]) => ({ bucket, step: step / of, loss: loss / of }));
}
