/**
 * A run as a page: one file that needs no other, opens from a disk and can be handed on. It has no script, loads nothing from anywhere, and is
 * XML, too. What is right or wrong is filtered by the style sheet alone.
 * @module
 */

import { assertInteger } from "../../../check.ts";
import { Markup, markup } from "../../../conformance/report/markup.ts";
import { pageOf } from "../../../conformance/report/page-of.ts";
import { assertOptions, type OptionNames } from "../../../options.ts";
import type { Sample, TaskResult } from "../../task/result.ts";
import { besideReport } from "../beside.ts";
import { outcomeOf, type PromptEncoder, sampleArticle } from "./sample.ts";
import { STYLE } from "./style.ts";
import { legend } from "./tokens.ts";

/** How a page is made. */
export interface EvaluationPageOptions {
  /** The name of the model. Default: "a Gemma". */
  readonly model?: string;
  /** What else is to be said of it: precision, date. */
  readonly about?: readonly string[];
  /** Most documents of a task that are shown. Default 200: a page of thousands is slow; files of samples have all. */
  readonly mostDocuments?: number;
}

const NAMES: OptionNames<EvaluationPageOptions> = { model: true, about: true, mostDocuments: true };
const MOST = 200;

/**
 * The page, as HTML.
 * @param results of `evaluate`.
 * @param evaluator what has run them: prompts are shown as the tokens that it made of them.
 * @throws {ArgumentError} if an option is out of range.
 */
export function evaluationPage(
  results: readonly TaskResult[],
  evaluator: PromptEncoder,
  options: EvaluationPageOptions = {},
): string {
  const op = "evaluationPage";
  assertOptions(op, options, NAMES);
  const { model = "a Gemma", about = [], mostDocuments = MOST } = options;
  assertInteger(op, "mostDocuments", mostDocuments, { from: 0 });
  const links = results.map(({ task }, i) => markup`<a href="#task-${i}">${task.name}</a>`);
  return pageOf(
    `${model}: evaluation`,
    STYLE,
    markup`<header><div>
<p>Evaluation</p>
<h1><bdi>${model}</bdi></h1>
<p>${about.join(" · ")}</p>
<nav>${links}</nav>
</div></header>
<main>
${figuresTable(results)}
${besideSection(results)}
${legend()}
${results.map((result, i) => taskSection(result, i, evaluator, mostDocuments))}
</main>
<footer><p>By gemma-reference. Figures, prompts and hashes are those of lm-evaluation-harness on the same documents. ± is the standard error; two models on the same documents are compared by their paired difference, not by this.</p></footer>`,
  );
}

function figuresTable(results: readonly TaskResult[]): Markup {
  const hasMarks = results.some(({ marked }) => marksOf(marked) !== "");
  const rows = results.flatMap(({ task, metrics, documents, prompt, marked }) =>
    metrics.map(({ metric, filter, value, error, higherIsBetter }, i) => {
      const arrow = higherIsBetter ? "↑" : "↓";
      const shown = Number.isNaN(value) ? "nothing to count" : value.toFixed(4);
      const sure = error === undefined ? "" : `± ${error.toFixed(4)}`;
      const asked = i === 0 ? `${documents.effective} of ${documents.original}` : "";
      const style = i === 0 ? styleOf(prompt) : "";
      const marks = i === 0 ? marksOf(marked) : "";
      const name = filter === "none" ? metric : `${metric}, ${filter}`;
      return markup`<tr><td>${i === 0 ? task.name : ""}</td><td>${name} ${arrow}</td><td class="number">${shown} ${sure}</td><td data-label="documents">${asked}</td><td>${style}</td><td>${marks}</td></tr>`;
    }),
  );
  return markup`<section id="figures"><h2>Figures</h2>
<div class="scroll"><table class="rows"><thead><tr><th>Task</th><th>Metric</th><th>Value</th><th>Documents</th><th>Prompt</th><th>${hasMarks ? "Marks" : ""}</th></tr></thead>
<tbody>
${rows}
</tbody></table></div></section>`;
}

function styleOf({ shots, chat, shotsAsTurns }: TaskResult["prompt"]): string {
  const examples = shots === 0 ? "no shots" : `${shots} shots`;
  if (chat === undefined) return examples;
  return `${examples}, as a chat (${chat})${shots > 0 && shotsAsTurns ? ", a turn each" : ""}`;
}

function marksOf({ truncated, joined }: TaskResult["marked"]): string {
  return [
    ...(truncated > 0 ? [`${truncated} requests cut`] : []),
    ...(joined > 0 ? [`${joined} with a token across the join`] : []),
  ].join(", ");
}

function besideSection(results: readonly TaskResult[]): Markup[] {
  const rows = besideReport(results).map(({ task, measured, row, metric, reported, differs }) => {
    const theirs = Object.entries(reported)
      .map(([model, score]) => `${model} ${score.toFixed(1)}`)
      .join(", ");
    return markup`<tr><td>${task}</td><td data-label="here">${measured.join(", ")}</td><td data-label="in the report">${theirs}<br/><small>${row}${metric === undefined ? "" : `, ${metric}`}</small></td><td>${differs}</td></tr>`;
  });
  if (rows.length === 0) return [];
  return [
    markup`<section id="beside"><h2>Beside the report</h2>
<p>The report’s prompts were not published. Its figures are of other experiments: set beside these, they say whether a figure is of the right size.</p>
<div class="scroll"><table class="rows"><thead><tr><th>Task</th><th>Here, %</th><th>In the report, %</th><th>What the report did differently</th></tr></thead>
<tbody>
${rows}
</tbody></table></div></section>`,
  ];
}

const FILTERS = [
  ["all", "All"],
  ["right", "Right"],
  ["wrong", "Wrong"],
  ["split", "Metrics disagree"],
] as const;

function taskSection(
  { task, samples }: TaskResult,
  index: number,
  evaluator: PromptEncoder,
  most: number,
): Markup {
  const documents = new Map<number, Sample[]>();
  for (const sample of samples) {
    documents.set(sample.id, [...(documents.get(sample.id) ?? []), sample]);
  }
  const all = [...documents.values()];
  const shown = all.slice(0, most);
  const outcomes = shown.map(outcomeOf);
  const counts: Readonly<Record<string, number>> = {
    all: shown.length,
    right: outcomes.filter(({ tone }) => tone === "right").length,
    wrong: outcomes.filter(({ tone }) => tone === "wrong").length,
    split: outcomes.filter(({ split }) => split).length,
  };
  const kept = FILTERS.filter(([name]) => counts[name] > 0);
  const inputs = kept.map(([name]) => {
    const checked = name === "all" ? new Markup(' checked="checked"') : new Markup("");
    return markup`<input class="filter" type="radio" name="task-${index}" id="task-${index}-${name}" value="${name}"${checked}/>`;
  });
  const labels = kept.map(([name, title]) => {
    return markup`<label class="${name}" for="task-${index}-${name}">${title} ${counts[name]}</label>`;
  });
  const left = all.length - shown.length;
  const rest =
    left > 0
      ? [markup`<p class="note">And ${left} documents more, in the files of samples.</p>`]
      : [];
  return markup`<section id="task-${index}"><h2>${task.name}</h2>
<fieldset>
${inputs}
<div class="filters">${labels}</div>
<div class="samples">
${shown.map((rows) => sampleArticle({ task, rows }, evaluator))}
${rest}
</div></fieldset></section>`;
}
