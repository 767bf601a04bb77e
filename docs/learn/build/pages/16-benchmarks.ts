/**
 * Page 16: the demo task on the bundled model, and what becomes of its figure when it is asked otherwise.
 * @module
 */

import { Evaluator } from "../../../../src/evaluation/requests/evaluator.ts";
import type { Likelihood } from "../../../../src/evaluation/requests/request.ts";
import { type EvaluateOptions, evaluate } from "../../../../src/evaluation/task/evaluate.ts";
import type { Sample, TaskResult } from "../../../../src/evaluation/task/result.ts";
import type { TaskSpec } from "../../../../src/evaluation/task/spec.ts";
import { DEMO_ENDINGS, DEMO_SUMS } from "../../../../src/evaluation/tasks/demo/demo.ts";
import { DEMO_DOCUMENTS } from "../../../../src/evaluation/tasks/demo/stories.ts";
import { encodePair } from "../../../../src/generation/likelihood/encode-pair.ts";
import { element, notice, type Picture, text, WIDTH } from "../draw/picture.ts";
import type { Example } from "../example.ts";
import type { PageParts } from "../page-parts.ts";
import { count, digits, fixed, markdownTable } from "../text/numbers.ts";
import { plain } from "../text/pieces.ts";

/** The document whose two metrics disagree. */
const SPLIT = 8;

const AS_ASKED = "as the demo asks";

/** Ways to ask the same. */
const WAYS: readonly (readonly [name: string, change: Partial<TaskSpec>, EvaluateOptions?])[] = [
  [AS_ASKED, {}],
  ["two BOS", { text: "<bos><bos>{{context}}" }],
  ["no space before an ending", { delimiter: "" }],
  ["in the format of a chat", {}, { chat: true }],
  ["three shots", { splits: { test: "test", shots: "test" }, shots: { count: 3, leaveOut: true } }],
];

const likelihoodsOf = ({ responses }: Sample) => responses.map(([one]) => one as Likelihood);
const figureOf = ({ metrics }: TaskResult, name: string) => {
  const found = metrics.find(({ metric }) => metric === name);
  if (found === undefined) throw new Error(`no metric ${name}`);
  return found;
};

/** The results by the names of {@link WAYS}; computed once for an example. */
const known = new WeakMap<Example, Promise<Map<string, TaskResult>>>();

function resultsOf(example: Example): Promise<Map<string, TaskResult>> {
  const before = known.get(example);
  if (before) return before;
  const run = async () => {
    const evaluator = new Evaluator(await example.gemma());
    const results = new Map<string, TaskResult>();
    for (const [name, change, options] of WAYS) {
      const task = { ...DEMO_ENDINGS, ...change };
      results.set(name, await evaluate(evaluator, task, DEMO_DOCUMENTS, options));
    }
    return results;
  };
  const results = run();
  known.set(example, results);
  return results;
}

async function asAsked(example: Example): Promise<TaskResult> {
  return (await resultsOf(example)).get(AS_ASKED) as TaskResult;
}

/** The endings of a document with their log p, and the same a letter. */
async function endings(example: Example) {
  const { samples } = await asAsked(example);
  const texts = DEMO_DOCUMENTS[SPLIT].endings as readonly string[];
  return likelihoodsOf(samples[SPLIT]).map(({ logprob }, i) => {
    return { text: texts[i], logprob, letters: texts[i].length, each: logprob / texts[i].length };
  });
}

async function endingsPicture(example: Example): Promise<Picture> {
  const rows = await endings(example);
  const label = DEMO_DOCUMENTS[SPLIT].label as number;
  const [top, step, left, right, width] = [84, 44, 20, 300, 150];
  const bars = (value: (row: (typeof rows)[number]) => number, x: number, places: number) => {
    const most = Math.max(...rows.map((row) => -value(row)));
    const best = rows.indexOf(rows.reduce((a, b) => (value(b) > value(a) ? b : a)));
    return rows.flatMap((row, i) => {
      const wide = Math.max(1.5, (width * -value(row)) / most);
      const y = top + i * step;
      const color = i === best ? "above" : "below";
      return [
        element("rect", { class: color, x, y: y + 8, width: wide, height: 14, rx: 2 }),
        text(fixed(value(row), places), x + wide + 6, y + 19, { of: "small bold" }),
      ];
    });
  };
  const bySum = rows.reduce((a, b) => (b.logprob > a.logprob ? b : a));
  const ring = { x: left - 6, y: top + rows.indexOf(bySum) * step + 5, width: 124, height: 20 };
  return {
    title:
      "One question of the demo: by its sum the short ending wins, by the letter the right one",
    width: WIDTH,
    height: top + rows.length * step + 22,
    body: [
      text(String(DEMO_DOCUMENTS[SPLIT].context), 16, 26, { of: "bold" }),
      text("log p of the whole ending", left, 58, { of: "small faint" }),
      text("the same, divided by its letters", right, 58, { of: "small faint" }),
      ...rows.map(({ text: ending }, i) => {
        const mark = i === label ? " (right)" : "";
        return text(ending + mark, left, top + i * step + 3, { of: "small" });
      }),
      ...bars(({ logprob }) => logprob, left, 1),
      ...bars(({ each }) => each, right, 2),
      notice(ring, "short, and so the likeliest", { x: left, y: top + rows.length * step + 6 }),
    ],
    table: {
      head: ["ending", "log p", "letters", "a letter"],
      rows: rows.map(({ text: ending, logprob, letters, each }) => {
        return [ending, fixed(logprob, 2), String(letters), fixed(each, 3)];
      }),
    },
  };
}

/** The same questions, asked in other ways. */
async function waysTable(example: Example): Promise<string> {
  const results = await resultsOf(example);
  const rows = Array.from(results, ([name, result]) => [
    name,
    fixed(figureOf(result, "acc").value, 2),
    fixed(figureOf(result, "acc_norm").value, 2),
    fixed(meanOfRight(result), 1),
  ]);
  return markdownTable(["asked", "acc", "acc_norm", "log p of the right ending"], rows);
}

function meanOfRight({ samples }: TaskResult): number {
  const all = samples.map((sample) => {
    return likelihoodsOf(sample)[sample.document.label as number].logprob;
  });
  return all.reduce((a, b) => a + b) / all.length;
}

const CUT = ["Mira the fox had 6 plums. At the lighthouse s", "he was given 7"] as const;

/** A context that ends within a token, as it is fed and as it should be read. */
async function joinOf(example: Example) {
  const gemma = await example.gemma();
  const evaluator = new Evaluator(gemma);
  const [context, continuation] = CUT;
  const pair = encodePair((one) => evaluator.encode(one), context, continuation);
  const pieces = (ids: readonly number[]) =>
    ids.map((id) => `\`${plain(example.tokenizer.piece(id))}\``).join(" ");
  let cut = Number.NaN;
  for await (const { answer } of evaluator.loglikelihood([{ context, continuation }])) {
    cut = answer.logprob;
  }
  const whole = evaluator.encode(context + continuation);
  const { logprobs } = await gemma.score(whole);
  const from = evaluator.encode("Mira the fox had 6 plums. At the lighthouse").length;
  const true_ = logprobs.slice(from - 1).reduce((a, b) => a + b, 0);
  return {
    "join-context": pieces(pair.context.slice(-2)),
    "join-continuation": pieces(pair.continuation),
    "join-whole": pieces(whole.slice(from - 1)),
    "join-cut": fixed(cut, 1),
    "join-true": fixed(true_, 1),
  };
}

export const benchmarks: PageParts = {
  page: 16,

  async figures(example) {
    const result = await asAsked(example);
    const sums = await evaluate(new Evaluator(await example.gemma()), DEMO_SUMS, DEMO_DOCUMENTS);
    const acc = figureOf(result, "acc");
    const norm = figureOf(result, "acc_norm");
    const rows = await endings(example);
    const right = rows[DEMO_DOCUMENTS[SPLIT].label as number];
    const short = rows[rows.length - 1];
    const results = await resultsOf(example);
    const of = (name: string) => fixed(figureOf(results.get(name) as TaskResult, "acc").value, 2);
    const size = DEMO_DOCUMENTS.length;
    return {
      ...(await joinOf(example)),
      documents: String(size),
      hits: String(Math.round(acc.value * size)),
      acc: fixed(acc.value, 2),
      "acc-norm": fixed(norm.value, 4),
      error: fixed(acc.error as number, 2),
      "error-twice": fixed(2 * (acc.error as number), 2),
      sums: `${Math.round(sums.metrics[0].value * size)} of ${size}`,
      "right-sum": fixed(right.logprob, 1),
      "right-letters": String(right.letters),
      "right-each": fixed(right.each, 2),
      "short-sum": fixed(short.logprob, 1),
      "short-letters": String(short.letters),
      "short-each": fixed(short.each, 2),
      needed: count(Math.round((acc.value * (1 - acc.value)) / 0.01 ** 2) + 1),
      "no-space": of("no space before an ending"),
      chat: of("in the format of a chat"),
      twice: of("two BOS"),
      "twice-log": digits(
        Math.abs(meanOfRight(results.get("two BOS") as TaskResult) - meanOfRight(result)),
        1,
      ),
    };
  },

  pictures: { endings: endingsPicture },
  blocks: { ways: waysTable },
};
