/**
 * What `align` says.
 * @module
 */

import { duration } from "../terminal/duration.ts";
import type { Style } from "../terminal/style.ts";
import { reflow } from "../terminal/wrap.ts";
import type { ChainComparison } from "./comparison.ts";
import { reachedText } from "./rlhf-text.ts";
import type { Logged, StageResult } from "./stage-result.ts";
import type { Stage } from "./stages.ts";

const WIDTH = 80;

/** Before the first stage. */
export function beginText(isDemo: boolean, style: Style): string {
  const chain = "conversations to imitate, pairs to judge by, a reward to learn from";
  const first = isDemo
    ? `A tiny Gemma is aligned: ${chain}, and a comparison.`
    : `A model is aligned: ${chain}, and a comparison.`;
  return `${style("bold", first)}\n`;
}

const number = (report: Logged, name: string): number | undefined => {
  const figures = report.figures as Readonly<Record<string, unknown>> | undefined;
  const value = report[name] ?? figures?.[name];
  return typeof value === "number" ? value : undefined;
};

/** Which figures sum a stage up: from the first step to the last, or measured at its end. */
const FIGURES: Readonly<Record<Stage, readonly (readonly [name: string, words: string])[]>> = {
  sft: [
    ["loss", "loss"],
    ["validLoss", "loss of what it did not learn"],
  ],
  reward: [
    ["loss", "loss"],
    ["validLoss", "loss of pairs that it did not learn"],
    ["validAccuracy", "share of them in the right order"],
  ],
  rlhf: [],
};

/** After a stage. */
export function stageText(stage: Stage, result: StageResult, style: Style): string {
  const { first, last, steps, seconds, sample, reached } = result;
  const parts = FIGURES[stage].flatMap(([name, words]) => {
    const [from, to] = [number(first, name), number(last, name)];
    if (to === undefined) return [];
    return [from === undefined ? `${words} ${show(to)}` : `${words} ${show(from)} to ${show(to)}`];
  });
  const spent = `${steps} steps, ${duration(seconds)}`;
  const lines = reached
    ? [`${spent}.`, ...reachedText(reached), ...(result.warnings ?? [])]
    : [`${spent}: ${parts.join(", ")}.`];
  if (!sample) return `${lines.join("\n")}\n`;
  const said = (name: string, text: string) => `${style("dim", name)}\n${reflow(text, WIDTH)}\n`;
  const answers = [said("before", sample.before), said("after", sample.after)].join("");
  return `${lines.join("\n")}\n${style("bold", sample.question)}\n${answers}`;
}

const JUDGES: Readonly<Record<string, string>> = {
  rule: "the rule of the tales, which nothing was learnt from, says",
  judge: "the second judge, whom nothing was learnt from, says",
  reward: "the reward model itself says, which is what was learnt from: no proof",
};

/** The end of the chain. */
export function endText(
  comparison: ChainComparison,
  written: readonly string[],
  { out, program }: { readonly out: string; readonly program: string },
  style: Style,
): string {
  const { preference, judge, aligned, tuned, kl, known, questions, answers } = comparison;
  const { rate, interval, level, win, tie, loss } = preference;
  const range =
    interval && ` (${percent(interval[0])} to ${percent(interval[1])}, at ${percent(level)})`;
  const mean = (name: "reward" | "judge" | "closed" | "length", words: string) =>
    aligned[name] === undefined
      ? []
      : [`${words} ${show(tuned[name] ?? 0)} before, ${show(aligned[name])} after`];
  const facts = [
    ...mean("judge", judge === "rule" ? "rule" : "judge"),
    ...mean("reward", "learned reward"),
    `KL ${show(kl[0])} ± ${show(kl[1])}`,
    `${percent(aligned.closed)} ended their turn`,
  ];
  const sums = known
    ? [
        `Sums and opposites that it knew: ${percent(known.tuned)} right before, ${percent(known.aligned)} after, of ${known.rows}.`,
      ]
    : [];
  return `
${style("bold", `4 of 4: compare`)}  ${style("dim", `${questions} questions, ${answers} answers of each model`)}
${style("bold", `The aligned model's answer is better in ${percent(rate)}${range ?? ""}`)},
${JUDGES[judge]}: ${win} better, ${tie} as good, ${loss} worse.
${facts.join(", ")}.
${sums.map((line) => `${line}\n`).join("")}${written.join("\n")}
Talk to it: ${program} chat --model ${out}/rlhf
Let a model judge it, in both orders: ${program} judge --pairs ${out}/pairs.jsonl --judge MODEL
`;
}

const show = (x: number | undefined) => (x === undefined ? "" : x.toFixed(2).replace("-", "−"));
const percent = (share: number) => `${(100 * share).toFixed(share === 1 || share === 0 ? 0 : 1)} %`;
