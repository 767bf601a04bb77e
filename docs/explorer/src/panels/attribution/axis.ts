/**
 * A linear axis with round ticks.
 * @module
 */
export interface Axis {
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly number[];
}

/** At most so many steps from end to end. */
const STEPS = 8;

/** From the lowest of these to the highest, with a little room. */
export function axisOf(values: readonly number[]): Axis {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const extent = high - low || 1;
  const power = 10 ** Math.floor(Math.log10(extent / STEPS));
  const step = ([1, 2, 5].find((s) => s * power * STEPS >= extent) ?? 10) * power;
  const digits = Math.max(0, -Math.floor(Math.log10(step)));
  const room = extent / 50;
  const [from, to] = [low - room, high + room];
  const first = Math.ceil(from / step);
  const count = Math.floor(to / step) - first + 1;
  // Rounded, as 3 · 0.1 is not 0.3; and − 0 is 0.
  const ticks = Array.from(
    { length: count },
    (_, i) => Number(((first + i) * step).toFixed(digits)) || 0,
  );
  return { from, to, ticks };
}

/** Where on the axis, in percent. */
export const share = ({ from, to }: Axis, value: number): number =>
  (100 * (value - from)) / (to - from);
