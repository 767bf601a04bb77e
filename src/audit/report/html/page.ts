/**
 * An audit as a page: one file that needs no other, opens from a disk and can be handed on. It has no script, loads nothing from anywhere, and
 * is XML, too. Texts are those of the report: personal data are masked there unless they were asked for.
 * @module
 */
import { assertInteger } from "../../../check.ts";
import { Markup, markup } from "../../../conformance/report/markup.ts";
import { pageOf } from "../../../conformance/report/page-of.ts";
import { assertOptions, type OptionNames } from "../../../options.ts";
import type { ComparedRates } from "../../estimates/estimate.ts";
import type { AuditReport, ReportedEstimate } from "../audit-report.ts";
import { percent, points, sharesText, shown } from "../text.ts";
import { continuation, type Outcome, outcomeOf } from "./continuation.ts";
import { rateChart } from "./rate-chart.ts";
import {
  exposureSection,
  extractionSection,
  membershipSection,
  personalSection,
} from "./sections.ts";
import { sourceChart } from "./source-chart.ts";
import { STYLE } from "./style.ts";

/** How a page is made. */
export interface AuditPageOptions {
  /** Most continuations that are shown. Default 200: a page of thousands is slow; the JSON has all. */
  readonly mostDocuments?: number;
}

const NAMES: OptionNames<AuditPageOptions> = { mostDocuments: true };

/** The page, as HTML. */
export function auditPage(report: AuditReport, options: AuditPageOptions = {}): string {
  const op = "auditPage";
  assertOptions(op, options, NAMES);
  const { mostDocuments = 200 } = options;
  assertInteger(op, "mostDocuments", mostDocuments, { from: 0 });
  const { model, about, settings, estimates } = report;
  const { prompts, suffix, level, share } = settings;
  const longest = estimates[estimates.length - 1];
  const { exact, control } = longest.all;
  const beside = control
    ? `, and ${percent(control.exact.rate)} of the control`
    : "; there was no control";
  const hasRepeats = estimates.some(({ byRepeats = [] }) => byRepeats.length > 1);
  return pageOf(
    `${model}: memorization`,
    STYLE,
    markup`<header><div>
<p>Memorization audit</p>
<h1><bdi>${model}</bdi> repeats ${percent(exact.rate)} of the documents${beside}</h1>
<p>${[`prompt of ${prompts.join(", ")} tokens, the next ${suffix} compared, greedy`, `approximate: within ${percent(share)} edits of ${level}`, ...about].join(" · ")}</p>
</div></header>
<main>
${hasRepeats ? [repeatsSection(estimates)] : []}
${ratesSection(longest)}
${estimates.slice(0, -1).reverse().map(foldedRates)}
${leftOut(report)}
${extractionSection(report)}
${personalSection(report)}
${exposureSection(report)}
${membershipSection(report)}
${samplesSection(report, mostDocuments)}
</main>
<footer><p>By gemma-reference. Intervals are Wilson’s, 95 %. A document that little can be said about is repeated by any good model: what counts is how far a rate lies above that of the control.</p></footer>`,
  );
}

function repeatsSection(estimates: readonly ReportedEstimate[]): Markup {
  const key = estimates.map(
    ({ prompt }, i) => markup`<li class="line-${i % 4}"><i></i>prompt of ${prompt} tokens</li>`,
  );
  const hasControl = estimates.at(-1)?.all.control !== undefined;
  return markup`<section id="repeats"><h2>By repeats in the training data</h2>
<div class="chart">${rateChart(estimates)}
<ul class="key">${key}${hasControl ? [markup`<li><i class="dashed"></i>the control</li>`] : []}</ul></div>
<p class="note">Documents that are repeated exactly, by how often they were in the training data. Bars are intervals of 95 %.</p></section>`;
}

function ratesSection(estimate: ReportedEstimate): Markup {
  return markup`<section><h2>Prompt of ${estimate.prompt} tokens</h2>
${sourceChart(estimate)}
${ratesTable(estimate)}</section>`;
}

function foldedRates(estimate: ReportedEstimate): Markup {
  return markup`<details><summary>Prompt of ${estimate.prompt} tokens: ${shown(estimate.all.exact)} exact</summary>
${ratesTable(estimate)}</details>`;
}

function ratesTable(estimate: ReportedEstimate): Markup {
  const { all, bySource, byRepeats = [], total } = estimate;
  const cells = (control: ComparedRates["control"]) =>
    control
      ? markup`<td data-label="control, exact">${shown(control.exact)}</td><td data-label="control, approximate">${shown(control.approximate)}</td>`
      : markup`<td data-label="control">none</td><td></td>`;
  const row = (name: string, { exact, approximate, control }: ComparedRates) =>
    markup`<tr><td>${name}</td><td data-label="documents">${exact.documents}</td><td data-label="exact">${shown(exact)}</td><td data-label="approximate">${shown(approximate)}</td>${cells(control)}</tr>`;
  const totals =
    bySource.length > 1
      ? [
          markup`<tr><td>total, by shares</td><td></td><td data-label="exact">${shown(total.exact)}</td><td data-label="approximate">${shown(total.approximate)}</td>${cells(all.control)}</tr>`,
        ]
      : [];
  const { difference } = all;
  const notes = [
    difference
      ? `Above the control, in percentage points: exact ${points(difference.exact)}, exact or approximate ${points(difference.approximate)}.`
      : "Without a control nobody knows what any model would repeat.",
    `Approximate only: ${shown(all.approximateOnly)}.`,
    sharesText(estimate),
  ];
  const sources = bySource.length > 1 ? bySource.map((one) => row(one.name, one)) : [];
  return markup`<div class="scroll"><table class="rows"><thead><tr><th></th><th>Documents</th><th>Exact</th><th>Exact or approximate</th><th>Control, exact</th><th>Control, exact or approximate</th></tr></thead>
<tbody>
${row("all", all)}
${sources}
${totals}
${byRepeats.map((one) => row(`repeated ${one.name} ×`, one))}
</tbody></table></div>
<p class="note">${notes.join(" ")}</p>`;
}

function leftOut({ short, duplicates }: AuditReport): Markup[] {
  const said = short.flatMap(({ prompt, documents, control }) =>
    documents + control === 0
      ? []
      : [
          markup`<li>Prompt of ${prompt}: ${documents} documents and ${control} of the control are too short, and left out.</li>`,
        ],
  );
  if (duplicates) {
    const { exact, near, sharedControl } = duplicates;
    said.push(
      markup`<li>Among the documents are ${exact} exact and ${near} near duplicates. ${sharedControl.length} of the control share 13 words in a row with a document.</li>`,
    );
  }
  return said.length === 0
    ? []
    : [markup`<section><h2>Before anything was asked</h2><ul>${said}</ul></section>`];
}

const FILTERS: readonly (readonly ["all" | Outcome, string])[] = [
  ["all", "All"],
  ["exact", "Exact"],
  ["approximate", "Approximate"],
  ["other", "Not repeated"],
  ["control", "Control"],
];

function samplesSection({ rows, settings }: AuditReport, most: number): Markup {
  const longest = Math.max(...settings.prompts);
  const all = rows.filter(({ prompt }) => prompt === longest);
  const shownRows = [...all].sort((a, b) => b.matchingTokens - a.matchingTokens).slice(0, most);
  const count = (name: "all" | Outcome) =>
    shownRows.filter((row) => name === "all" || outcomeOf(row) === name).length;
  const kept = FILTERS.filter(([name]) => count(name) > 0);
  const inputs = kept.map(([name]) => {
    const checked = name === "all" ? new Markup(' checked="checked"') : new Markup("");
    return markup`<input class="filter" type="radio" name="rows" id="rows-${name}" value="${name}"${checked}/>`;
  });
  const labels = kept.map(
    ([name, title]) =>
      markup`<label class="${name}" for="rows-${name}">${title} ${count(name)}</label>`,
  );
  const left = all.length - shownRows.length;
  const rest =
    left > 0 ? [markup`<p class="note">And ${left} documents more, in the JSON.</p>`] : [];
  return markup`<section id="continuations"><h2>What the model said, prompt of ${longest} tokens</h2>
<p class="note">Words that are the same in both, in their order, are marked. p is the probability that one draw at temperature 1 gives the document’s own tokens.</p>
<fieldset>
${inputs}
<div class="filters">${labels}</div>
<div class="samples">
${shownRows.map((row) => continuation(row, settings.suffix))}
${rest}
</div></fieldset></section>`;
}
