/**
 * A run as a page: its loss curve, its steps, its settings. One file that needs no other and can be handed on; it has no script, and
 * loads nothing from anywhere.
 * @module
 */
import { brief } from "../../brief.ts";
import { isList } from "../../check.ts";
import { type Markup, markup } from "../../conformance/report/markup.ts";
import { pageOf } from "../../conformance/report/page-of.ts";
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import type { JsonValue } from "../../source/json.ts";
import { formatCount } from "../../table.ts";
import type { StepReport } from "../run/trainer.ts";
import type { ValidatedReport } from "../run/validation.ts";
import { curveChart } from "./chart.ts";
import type { CurvePoint } from "./points.ts";
import { STYLE } from "./style.ts";
import { type CurveView, LOSS_VIEW, pointsOf, type RunView } from "./view.ts";

/** How a page is made. */
export interface TrainingPageOptions<Report extends StepReport = ValidatedReport> {
  /** What the run is called. Default: "A run". */
  readonly title?: string;
  /** Settings to list, by name. Default: none. */
  readonly settings?: Readonly<Record<string, JsonValue>>;
  /** Curves and figures to show. Default: the loss, and that of data that is not learnt. */
  readonly view?: RunView<Report>;
}

const NAMES: OptionNames<TrainingPageOptions> = { title: true, settings: true, view: true };

/** Most rows of the table: thousands are read by nobody; log.jsonl has all. */
const MOST_ROWS = 100;

/** What `train` or `sft` reported of a step. */
export type PageStep = StepReport & { readonly validLoss?: number };

/**
 * The page, as HTML.
 * @param reports of the steps, in their order.
 * @throws {ArgumentError} if there are none.
 */
export function trainingPage<Report extends StepReport = PageStep>(
  reports: readonly Report[],
  options: TrainingPageOptions<Report> = {},
): string {
  const op = "trainingPage";
  assertOptions(op, options, NAMES);
  const { title = "A run", settings = {} } = options;
  const view = options.view ?? (LOSS_VIEW as RunView<StepReport>);
  if (!isList(reports) || reports.length === 0) {
    throw refusals(op).argument("reports", "reports of steps, as train gives them", brief(reports));
  }
  const last = reports[reports.length - 1];
  const { steps = last.step } = last;
  const tokens = reports.reduce((sum, { targets }) => sum + targets, 0);
  const facts = [
    `${formatCount(last.step)} of ${formatCount(steps)} steps`,
    `${formatCount(Math.round(tokens))} ${view.counted}`,
    ...view.figures.flatMap((figure) =>
      ways(figure.head ?? figure.name, pointsOf(reports, figure)),
    ),
  ];
  return pageOf(
    `${title}: training`,
    STYLE,
    markup`<header><div>
<p>Training</p>
<h1><bdi>${title}</bdi></h1>
<p>${facts.join(" · ")}</p>
</div></header>
<main>
${view.curves.map((curve) => curveSection(curve, reports, steps))}
<section id="steps"><h2>Steps</h2>
${stepsTable(reports, view)}
</section>
${settingsSection(settings)}
</main>
<footer><p>By gemma-reference.</p></footer>`,
  );
}

/** `loss 5.192 to 0.476`; of a figure that was measured once, that. */
function ways(name: string, points: readonly CurvePoint[]): string[] {
  const [first, last] = [points[0], points[points.length - 1]].map((point) =>
    point?.value.toFixed(3),
  );
  if (first === undefined) return [];
  return [points.length === 1 ? `${name} ${first}` : `${name} ${first} to ${last}`];
}

function curveSection<Report extends StepReport>(
  { title, line, legend, beside, text }: CurveView<Report>,
  reports: readonly Report[],
  steps: number,
): Markup {
  const other = beside ? pointsOf(reports, beside) : [];
  const key =
    beside && other.length > 0 ? [markup`<span class="valid"><b></b>${beside.legend}</span>`] : [];
  return markup`<section class="figure"><h2>${title}</h2>
<div class="curve">
<p class="legend"><span><b></b>${legend}</span>${key}</p>
${curveChart(title, pointsOf(reports, line), other, steps)}
</div>
<p>${text}</p>
</section>
`;
}

function stepsTable<Report extends StepReport>(
  reports: readonly Report[],
  { figures, counted }: RunView<Report>,
): Markup {
  const every = Math.ceil(reports.length / MOST_ROWS);
  // A figure that only some steps have is why somebody looks.
  const rare = figures.filter(({ value }) => {
    const those = reports.filter((report) => value(report) !== undefined).length;
    return those > 0 && those < reports.length;
  });
  const isMeasured = (report: Report) => rare.some(({ value }) => value(report) !== undefined);
  const shown = reports.filter(
    (report, i) =>
      i % every === 0 || i === reports.length - 1 || isMeasured(report) || report.skipped,
  );
  const rows = shown.map((report) => {
    const { step, targets, gradientNorm, lr, tokensPerSecond, skipped } = report;
    const cells = [
      ...figures.map(({ value, digits = 4 }) => value(report)?.toFixed(digits) ?? ""),
      formatCount(targets),
      gradientNorm.toPrecision(3),
      lr.toPrecision(3),
      formatCount(Math.round(tokensPerSecond)),
      ...(skipped === undefined ? [] : [`skipped: ${skipped}`]),
    ];
    return markup`<tr><td>${step}</td>${cells.map((cell) => markup`<td>${cell}</td>`)}</tr>`;
  });
  const heads = figures.map(({ name, head = name }) => markup`<th>${head}</th>`);
  const left = every > 1 ? [markup`<p>Every ${every}th of ${reports.length} steps.</p>`] : [];
  return markup`${left}
<div class="scroll"><table><thead><tr><th>step</th>${heads}<th>${counted}</th><th>gradient norm</th><th>learning rate</th><th>tokens/s</th></tr></thead>
<tbody>
${rows}
</tbody></table></div>`;
}

function settingsSection(settings: Readonly<Record<string, JsonValue>>): Markup[] {
  const known = Object.entries(settings).filter(([, value]) => value !== null);
  if (known.length === 0) return [];
  const text = (value: JsonValue) => (typeof value === "string" ? value : JSON.stringify(value));
  const rows = known.map(([name, value]) => markup`<dt>${name}</dt><dd>${text(value)}</dd>`);
  return [markup`<section id="settings"><h2>Settings</h2>\n<dl>\n${rows}\n</dl></section>`];
}
