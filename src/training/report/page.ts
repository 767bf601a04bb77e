/**
 * A run as a page: its loss curve, its steps, its settings. One file that needs no other and can be handed on; it has no script, and
 * loads nothing from anywhere.
 * @module
 */
import { brief } from "../../brief.ts";
import { isList } from "../../check.ts";
import { Markup, markup } from "../../conformance/report/markup.ts";
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import type { JsonValue } from "../../source/json.ts";
import { formatCount } from "../../table.ts";
import type { StepReport } from "../run/trainer.ts";
import { lossChart } from "./chart.ts";
import { STYLE } from "./style.ts";

/** How a page is made. */
export interface TrainingPageOptions {
  /** What the run is called. Default: "A run". */
  readonly title?: string;
  /** Settings to list, by name. Default: none. */
  readonly settings?: Readonly<Record<string, JsonValue>>;
}

const NAMES: OptionNames<TrainingPageOptions> = { title: true, settings: true };

/** Most rows of the table: thousands are read by nobody; log.jsonl has all. */
const MOST_ROWS = 100;

/** What `train` or `sft` reported of a step. */
export type PageStep = StepReport & { readonly validLoss?: number };

/**
 * The page, as HTML.
 * @param reports of the steps, in their order.
 * @throws {ArgumentError} if there are none.
 */
export function trainingPage(
  reports: readonly PageStep[],
  options: TrainingPageOptions = {},
): string {
  const op = "trainingPage";
  assertOptions(op, options, NAMES);
  const { title = "A run", settings = {} } = options;
  if (!isList(reports) || reports.length === 0) {
    throw refusals(op).argument("reports", "reports of steps, as train gives them", brief(reports));
  }
  const last = reports[reports.length - 1];
  const { steps = last.step } = last;
  const valid = reports.flatMap(({ step, validLoss }) =>
    validLoss === undefined ? [] : [{ step, loss: validLoss }],
  );
  const tokens = reports.reduce((sum, { targets }) => sum + targets, 0);
  const facts = [
    `${formatCount(last.step)} of ${formatCount(steps)} steps`,
    `${formatCount(Math.round(tokens))} target tokens`,
    `loss ${reports[0].loss.toFixed(3)} to ${last.loss.toFixed(3)}`,
    ...(valid.length > 0 ? [`validation ${valid[valid.length - 1].loss.toFixed(3)}`] : []),
  ];
  const validKey =
    valid.length > 0
      ? [markup`<span class="valid"><b></b>validation: data that is not learnt</span>`]
      : [];
  return markup`<!DOCTYPE html>
<html lang="en" xmlns="http://www.w3.org/1999/xhtml">
<head>
<meta charset="utf-8"/>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>${title}: training</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<header><div>
<p>Training</p>
<h1><bdi>${title}</bdi></h1>
<p>${facts.join(" · ")}</p>
</div></header>
<main>
<section id="loss"><h2>Loss</h2>
<div class="curve">
<p class="legend"><span><b></b>each step, before its update</span>${validKey}</p>
${lossChart(reports, valid, steps)}
</div>
<p>Mean of −log p over the target tokens of a batch, in nats. A model that knows nothing has the logarithm of its vocabulary’s size.</p>
</section>
<section id="steps"><h2>Steps</h2>
${stepsTable(reports)}
</section>
${settingsSection(settings)}
</main>
<footer><p>By gemma-reference.</p></footer>
</body>
</html>
`.text;
}

function stepsTable(reports: readonly PageStep[]): Markup {
  const every = Math.ceil(reports.length / MOST_ROWS);
  const shown = reports.filter(
    ({ validLoss, skipped }, i) =>
      i % every === 0 || i === reports.length - 1 || validLoss !== undefined || skipped,
  );
  const rows = shown.map((report) => {
    const { step, loss, validLoss, targets, gradientNorm, lr, tokensPerSecond, skipped } = report;
    const cells = [
      loss.toFixed(4),
      validLoss?.toFixed(4) ?? "",
      formatCount(targets),
      gradientNorm.toPrecision(3),
      lr.toPrecision(3),
      formatCount(Math.round(tokensPerSecond)),
      ...(skipped === undefined ? [] : [`skipped: ${skipped}`]),
    ];
    return markup`<tr><td>${step}</td>${cells.map((cell) => markup`<td>${cell}</td>`)}</tr>`;
  });
  const left = every > 1 ? [markup`<p>Every ${every}th of ${reports.length} steps.</p>`] : [];
  return markup`${left}
<div class="scroll"><table><thead><tr><th>step</th><th>loss</th><th>validation</th><th>targets</th><th>gradient norm</th><th>learning rate</th><th>tokens/s</th></tr></thead>
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
