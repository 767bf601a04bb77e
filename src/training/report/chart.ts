/**
 * A curve as SVG, thinned to the width of the picture, and beside it a second one of few points: the loss of what is learnt, and that of
 * data that is not.
 * @module
 */
import { type Markup, markup } from "../../conformance/report/markup.ts";
import { type CurvePoint, fewPoints } from "./points.ts";

/** The room that the numbers take, and the picture. */
const [LEFT, BOTTOM, TOP, RIGHT] = [62, 40, 12, 14];
const SIZE = { width: 880, height: 360 };
/** Points of a curve: more would lie within one another's lines. */
const POINTS = 400;

/**
 * The curve of `points` over `steps` steps, with the values of another one where they were measured.
 * @param title what is shown: `Loss`.
 * @param size in units of the picture; text is as large as the page says.
 */
export function curveChart(
  title: string,
  points: readonly CurvePoint[],
  beside: readonly CurvePoint[],
  steps: number,
  { width, height }: typeof SIZE = SIZE,
): Markup {
  const shown = fewPoints(points, steps, POINTS);
  const measured = beside.filter(({ value }) => Number.isFinite(value));
  const values = [...shown, ...measured].map(({ value }) => value);
  if (values.length === 0) return markup`<p>No step has a finite ${title.toLowerCase()}.</p>`;
  const ticks = niceTicks(Math.min(...values), Math.max(...values));
  const [low, high] = [ticks[0], ticks[ticks.length - 1]];
  const x = (step: number) => LEFT + ((step - 1) / Math.max(1, steps - 1)) * (width - LEFT - RIGHT);
  const y = (value: number) => TOP + ((high - value) / (high - low)) * (height - TOP - BOTTOM);
  // A single point twice: a round end makes a dot of it.
  const line = (list: readonly CurvePoint[]) =>
    list.map(({ step, value }) => `${x(step).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
  const grid = ticks.map((tick) => {
    const at = y(tick).toFixed(1);
    return markup`<line class="grid" x1="${LEFT}" x2="${width - RIGHT}" y1="${at}" y2="${at}"/><text x="${LEFT - 10}" y="${at}" text-anchor="end" dominant-baseline="middle">${short(tick)}</text>`;
  });
  const under = stepTicks(steps).map((step) => {
    const anchor = step === steps ? "end" : step === 1 ? "start" : "middle";
    return markup`<text x="${x(step).toFixed(1)}" y="${height - 12}" text-anchor="${anchor}">${step === steps ? `step ${step}` : step}</text>`;
  });
  const dots = measured.map(
    ({ step, value }) =>
      markup`<circle cx="${x(step).toFixed(1)}" cy="${y(value).toFixed(1)}" r="4"><title>step ${step}: ${value.toFixed(4)}</title></circle>`,
  );
  const said = `${title} over ${steps} steps, from ${shown[0]?.value.toFixed(3)} to ${shown[shown.length - 1]?.value.toFixed(3)}`;
  return markup`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${said}">
${grid}
${under}
<polyline class="learnt" points="${line(shown.length === 1 ? [...shown, ...shown] : shown)}" stroke-linecap="round"/>
${measured.length > 1 ? [markup`<polyline class="valid" points="${line(measured)}"/>`] : []}
${dots}
</svg>`;
}

/** Round numbers, four to seven of them, that hold all from `least` to `most`. */
function niceTicks(least: number, most: number): number[] {
  const span = most - least || Math.abs(most) || 1;
  const power = 10 ** Math.floor(Math.log10(span / 4));
  const step = power * ([1, 2, 5, 10].find((factor) => span / (factor * power) <= 5) ?? 10);
  const [first, last] = [Math.floor(least / step), Math.ceil(most / step)];
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
  return ticks.length > 1 ? ticks : [first * step, (first + 1) * step];
}

/** The first step, the last, and some between. */
function stepTicks(steps: number): number[] {
  if (steps < 5) return Array.from({ length: steps }, (_, i) => i + 1);
  return [1, ...[0.25, 0.5, 0.75].map((share) => Math.round(share * steps)), steps];
}

const short = (x: number) => `${Number(x.toPrecision(6))}`;
