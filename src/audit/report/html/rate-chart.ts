/** The rate against repeats as SVG: a line for each length of prompt, Wilson's interval on each point, the control as a dashed line. @module */
import { type Markup, markup } from "../../../conformance/report/markup.ts";
import type { Rate } from "../../estimates/rate.ts";
import type { ReportedEstimate } from "../audit-report.ts";
import { percent } from "../text.ts";

/** Room for numbers, which are larger on a telephone. */
const [LEFT, BOTTOM, TOP, RIGHT] = [84, 78, 18, 14];
const [WIDTH, HEIGHT] = [880, 410];
/** Points of several lines at one place are set apart by so much. */
const APART = 9;

/** Exact memorization by how often a document was in the training data. */
export function rateChart(estimates: readonly ReportedEstimate[]): Markup {
  const names = [
    ...new Set(estimates.flatMap(({ byRepeats = [] }) => byRepeats.map(({ name }) => name))),
  ];
  names.sort((a, b) => Number(a) - Number(b));
  const step = (WIDTH - LEFT - RIGHT) / names.length;
  const x = (name: string) => LEFT + (names.indexOf(name) + 0.5) * step;
  const y = (rate: number) => TOP + (1 - rate) * (HEIGHT - TOP - BOTTOM);
  const grid = [0, 0.25, 0.5, 0.75, 1].map((rate) => {
    const at = y(rate).toFixed(1);
    return markup`<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}"/><text x="${LEFT - 10}" y="${at}" text-anchor="end" dominant-baseline="middle">${Math.round(100 * rate)} %</text>`;
  });
  const under = names.map(
    (name) =>
      markup`<text x="${x(name).toFixed(1)}" y="${HEIGHT - BOTTOM + 28}" text-anchor="middle">${name} ×</text>`,
  );
  const lines = estimates.map(({ prompt, byRepeats = [] }, i) => {
    const shift = (i - (estimates.length - 1) / 2) * APART;
    const points = byRepeats.map(({ name, exact }) => {
      return { at: x(name) + shift, name, exact };
    });
    const path = points
      .map(({ at, exact }) => `${at.toFixed(1)},${y(exact.rate).toFixed(1)}`)
      .join(" ");
    return markup`<g class="line-${i % 4}"><polyline points="${path}"/>
${points.map((point) => dot(point, prompt, y))}</g>`;
  });
  const control = estimates.at(-1)?.all.control;
  const at = control && y(control.exact.rate).toFixed(1);
  const beside = control
    ? [
        markup`<line class="control" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at as string}" y2="${at as string}"/>`,
      ]
    : [];
  const said = estimates.map(({ prompt, byRepeats = [] }) => {
    const all = byRepeats.map(({ name, exact }) => `${name} times ${percent(exact.rate)}`);
    return `prompt of ${prompt} tokens: ${all.join(", ")}`;
  });
  return markup`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Documents repeated exactly, by how often they were in the training data. ${said.join("; ")}">
${grid}
${under}
<text x="${LEFT + (WIDTH - LEFT - RIGHT) / 2}" y="${HEIGHT - 14}" text-anchor="middle">times in the training data</text>
${beside}
${lines}
</svg>`;
}

function dot(
  { at, name, exact }: { readonly at: number; readonly name: string; readonly exact: Rate },
  prompt: number,
  y: (rate: number) => number,
): Markup {
  const [low, high] = exact.interval;
  const title = `prompt ${prompt}, ${name} times: ${exact.count} of ${exact.documents}, ${percent(low)} to ${percent(high)}`;
  const place = at.toFixed(1);
  return markup`<g><title>${title}</title><line class="bar" x1="${place}" x2="${place}" y1="${y(low).toFixed(1)}" y2="${y(high).toFixed(1)}"/><circle cx="${place}" cy="${y(exact.rate).toFixed(1)}" r="4.5"/></g>`;
}
