/** Rates by source as SVG: a bar each with Wilson's interval, and the control's rate and interval below it. @module */
import { type Markup, markup } from "../../../conformance/report/markup.ts";
import type { Rate } from "../../estimates/rate.ts";
import type { ReportedEstimate } from "../audit-report.ts";
import { percent } from "../text.ts";

const [WIDTH, LEFT, RIGHT, TOP, BOTTOM] = [880, 190, 54, 8, 40];
/** Height of a source, and of a bar. */
const [STEP, BAR] = [52, 16];
/** Most sources that are drawn: a page of hundreds has the table. */
const MOST = 20;
/** Characters of a name that fit beside its bar on a telephone. */
const LETTERS = 14;

/** Exact memorization by source, beside the control; nothing where there is one source. */
export function sourceChart({ bySource }: ReportedEstimate): Markup[] {
  if (bySource.length < 2 || bySource.length > MOST) return [];
  const height = TOP + STEP * bySource.length + BOTTOM;
  const x = (rate: number) => (LEFT + rate * (WIDTH - LEFT - RIGHT)).toFixed(1);
  const bottom = height - BOTTOM;
  const grid = [0, 0.5, 1].map(
    (rate) =>
      markup`<line class="grid" x1="${x(rate)}" x2="${x(rate)}" y1="${TOP}" y2="${bottom}"/><text x="${x(rate)}" y="${height - 12}" text-anchor="middle">${100 * rate} %</text>`,
  );
  const bar = (name: string, { rate, count, documents, interval }: Rate, y: number) => {
    const [low, high] = interval;
    const title = `${name}: ${count} of ${documents}, ${percent(low)} to ${percent(high)}`;
    const middle = y + BAR / 2;
    return markup`<g><title>${title}</title><rect x="${x(0)}" y="${y}" width="${Number(x(rate)) - LEFT}" height="${BAR}"/><line class="bar" x1="${x(low)}" x2="${x(high)}" y1="${middle}" y2="${middle}"/></g>`;
  };
  const sources = bySource.map(({ name, exact, control }, i) => {
    const y = TOP + i * STEP + 6;
    const beside = control ? [bar(`control of ${name}`, control.exact, y + BAR + 4)] : [];
    const short = name.length > LETTERS ? `${name.slice(0, LETTERS - 1)}…` : name;
    return markup`<text x="${LEFT - 12}" y="${y + BAR + 2}" text-anchor="end" dominant-baseline="middle">${short}</text><g class="line-0">${bar(name, exact, y)}</g><g class="beside">${beside}</g>`;
  });
  const hasControl = bySource.some(({ control }) => control !== undefined);
  const said = bySource.map(({ name, exact, control }) => {
    return `${name} ${percent(exact.rate)}${control ? `, control ${percent(control.exact.rate)}` : ""}`;
  });
  const key = hasControl
    ? [
        markup`<ul class="key"><li class="line-0"><i></i>exact, with its interval of 95 %</li><li class="beside"><i></i>the control</li></ul>`,
      ]
    : [];
  return [
    markup`<div class="chart"><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Documents repeated exactly, by source. ${said.join("; ")}">
${grid}
${sources}
</svg>${key}</div>`,
  ];
}
