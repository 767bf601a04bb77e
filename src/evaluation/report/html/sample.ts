/**
 * One document on the page: the prompt as the model saw it, what it answered, what was right, how that was counted.
 * @module
 */
import { Markup, markup } from "../../../conformance/report/markup.ts";
import { pythonStr } from "../../../python/literal.ts";
import { length } from "../../../python/text.ts";
import type { Tokenizer } from "../../../tokenizer/tokenizer.ts";
import { firstLargest } from "../../metrics/choice.ts";
import type { Evaluator } from "../../requests/evaluator.ts";
import type { Continued, Likelihood, LoglikelihoodRequest } from "../../requests/request.ts";
import type { Sample, TaskRequest } from "../../task/result.ts";
import type { MetricValue, TaskSpec } from "../../task/spec.ts";
import { predicted, prompt } from "./tokens.ts";

/** What makes tokens of a prompt. */
export type PromptEncoder = Pick<Evaluator, "encode" | "gemma">;

/** All rows of one document: one a filter. */
export interface ShownDocument {
  readonly task: TaskSpec;
  readonly rows: readonly Sample[];
}

/** "right", "wrong", or neither: by the first metric that is 0 or 1. "split" where metrics disagree. */
export function outcomeOf(rows: readonly Sample[]): {
  readonly tone: string;
  readonly split: boolean;
} {
  const values = rows.flatMap(({ metrics }) => Object.values(metrics));
  const binary = values.filter((value) => value === 0 || value === 1);
  const tone = binary.length === 0 ? "open" : binary[0] === 1 ? "right" : "wrong";
  return { tone, split: new Set(binary).size > 1 };
}

const SIGNS: Readonly<Record<string, string>> = { right: "✓ right", wrong: "✗ wrong", open: "" };

/** The document as an article. */
export function sampleArticle({ task, rows }: ShownDocument, encoder: PromptEncoder): Markup {
  const [first] = rows;
  const { tokenizer } = encoder.gemma;
  if (!tokenizer) throw new Error("an evaluator has a tokenizer");
  const { tone, split } = outcomeOf(rows);
  const marks = [
    ...(first.truncated > 0
      ? [markup`<span class="tag">${first.truncated} tokens cut</span>`]
      : []),
    ...(first.joined ? [markup`<span class="tag">a token across the join</span>`] : []),
  ];
  const scores = rows.flatMap(({ filter, metrics }) =>
    Object.entries(metrics)
      .slice(0, MOST_METRICS)
      .map(([metric, value]) => {
        const name = filter === "none" ? metric : `${metric},${filter}`;
        return markup`<span class="score">${name} <b>${valueText(value)}</b></span>`;
      }),
  );
  return markup`<article class="sample ${tone}${split ? " split" : ""}">
<header><h3>Document ${first.id} <span class="verdict">${SIGNS[tone]}</span></h3><p>${scores} ${marks}</p></header>
${promptBlock(first.requests[0], encoder, tokenizer)}
${answers({ task, rows }, tokenizer)}
</article>`;
}

/** BBQ has 27. */
const MOST_METRICS = 6;

function valueText(value: MetricValue): string {
  const all = typeof value === "number" ? [value] : value;
  return all.map((one) => (Number.isInteger(one) ? String(one) : one.toFixed(3))).join(", ");
}

/** A longer prompt is shown from its end, where the question is; all of it on demand. */
const LONG = 700;

function promptBlock(request: TaskRequest, encoder: PromptEncoder, tokenizer: Tokenizer): Markup {
  if ("text" in request) return markup`<p class="note">A whole text: it follows BOS.</p>`;
  const ids = encoder.encode(request.context);
  const all = prompt(tokenizer, ids);
  const block = markup`<div class="prompt">${run(all)}</div>`;
  if (request.context.length <= LONG) return block;
  const short = prompt(tokenizer, [ids[0]]);
  const end = request.context.slice(-LONG);
  return markup`<div class="prompt">${run(short)}<span class="gap"> … </span><span>${end}</span></div>
<details><summary>The whole prompt, ${ids.length} tokens</summary>
${block}</details>`;
}

/** Pieces beside each other: a line end between them would be seen. */
function run(parts: readonly Markup[]): Markup {
  return new Markup(parts.map(({ text }) => text).join(""));
}

function answers({ task, rows }: ShownDocument, tokenizer: Tokenizer): Markup {
  const [first] = rows;
  const [[answer]] = first.responses;
  if ("text" in answer) return generated(rows, tokenizer);
  const { requests, responses } = first;
  const pairs = requests.flatMap((request, i) =>
    "continuation" in request ? [{ request, answer: responses[i][0] as Likelihood }] : [],
  );
  if (pairs.length === 0) return wholeText(answer, tokenizer);
  return choices(task, first, pairs, tokenizer);
}

interface Pair {
  readonly request: LoglikelihoodRequest;
  readonly answer: Likelihood;
}

/** Choices, each in the colour of its tokens. */
function choices(
  task: TaskSpec,
  sample: Sample,
  all: readonly Pair[],
  tokenizer: Tokenizer,
): Markup {
  const isMutual = task.metrics.some(({ metric }) => metric === "acc_mutual_info");
  const pairs = isMutual ? all.slice(0, all.length / 2) : all;
  const logprobs = pairs.map(({ answer }) => answer.logprob);
  const delimiter = task.delimiter ?? " ";
  const letters = pairs.map(({ request: { continuation } }) => {
    return length(
      continuation.startsWith(delimiter) ? continuation.slice(delimiter.length) : continuation,
    );
  });
  const [bySum, byLetter] = [
    firstLargest(logprobs),
    firstLargest(logprobs.map((p, i) => p / letters[i])),
  ];
  const golds = [sample.target].flat();
  // Where contexts differ, the one that is filled in is what is chosen.
  const isPartial = new Set(pairs.map(({ request }) => request.context)).size > 1;
  const lines = pairs.map(({ request, answer }, i) => {
    const isGold = golds.includes(i) || golds.includes(request.continuation.trimStart());
    const said = [
      ...(isGold ? ["target"] : []),
      ...(pairs.length > 1 && i === bySum ? ["most probable"] : []),
      ...(pairs.length > 1 && i === byLetter ? ["per letter"] : []),
    ].map((word) => markup`<span class="tag${word === "target" ? " good" : ""}">${word}</span>`);
    const text = run(predicted(tokenizer, answer.tokens, answer.logprobs));
    const context = isPartial ? [markup`<small>…${request.context.slice(-60)}</small>`] : [];
    return markup`<tr><td class="text">${run([...context, text])}</td><td data-label="Σ log p">${answer.logprob.toFixed(3)}</td><td data-label="a letter">${(answer.logprob / letters[i]).toFixed(4)}</td><td data-label="greedy">${answer.isGreedy ? "yes" : "no"}</td><td>${run(said)}</td></tr>`;
  });
  return markup`<div class="scroll"><table class="choices"><thead><tr><th>Continuation</th><th>Σ log p</th><th>a letter</th><th>greedy</th><th></th></tr></thead>
<tbody>
${lines}
</tbody></table></div>`;
}

/** Answers that were generated: the text as it came, and what each filter has made of it. */
function generated(rows: readonly Sample[], tokenizer: Tokenizer): Markup {
  const [{ responses, target }] = rows;
  const texts = (responses[0] as readonly Continued[]).map((answer) => {
    const by = answer.stoppedBy;
    const end =
      by === null
        ? "ended by the limit"
        : typeof by === "number"
          ? `ended by ${tokenizer.piece(by)}`
          : `ended by ${JSON.stringify(by)}`;
    return markup`<div class="answer">${run(predicted(tokenizer, answer.tokens, answer.logprobs))} <small>${end}</small></div>`;
  });
  const filtered = rows.map(({ filter, filtered: [value] }) => {
    return markup`<dt>${filter === "none" ? "counted" : filter}</dt><dd><code>${pythonStr(value)}</code></dd>`;
  });
  return markup`${texts}
<dl class="facts">
${filtered}
<dt>target</dt><dd><code>${pythonStr(target)}</code></dd></dl>`;
}

/** Tokens of a whole text that are shown. */
const MOST_TOKENS = 2000;

function wholeText({ tokens, logprobs }: Likelihood, tokenizer: Tokenizer): Markup {
  const shown = tokens.slice(0, MOST_TOKENS);
  const more = tokens.length - shown.length;
  const rest = more > 0 ? [markup`<small>and ${more} tokens more</small>`] : [];
  return markup`<div class="answer">${run(predicted(tokenizer, shown, logprobs))} ${rest}</div>`;
}
