/**
 * The report of a chain: what was set, what each stage has come to, and the comparison; as JSON, and as a page with the curves.
 * @module
 */
import { join } from "node:path";
import { markup } from "../../conformance/report/markup.ts";
import { pageOf } from "../../conformance/report/page-of.ts";
import { writeFileAtomically } from "../../node/write-atomically.ts";
import { curveChart } from "../../training/report/chart.ts";
import { STYLE } from "../../training/report/style.ts";
import type { ChainFolder, ChainSettings } from "./chain-folder.ts";
import type { ChainComparison } from "./comparison.ts";
import { type Logged, logOf, type StageResult } from "./stage-result.ts";
import type { Stage } from "./stages.ts";

interface Made {
  readonly settings: ChainSettings;
  readonly folder: ChainFolder;
  readonly comparison: ChainComparison;
}

/** The curves of each stage, and how to read them. */
const CURVES: readonly {
  readonly stage: Stage;
  readonly title: string;
  readonly line: string;
  readonly beside?: string;
  readonly text: string;
}[] = [
  {
    ...{ stage: "sft", title: "Tuning: loss", line: "loss", beside: "validLoss" },
    text: "Mean of −log p over the tokens of the answers that are imitated, in nats; dotted where it was not learnt.",
  },
  {
    ...{ stage: "reward", title: "Reward model: loss", line: "loss", beside: "validLoss" },
    text: "Mean of −log σ(r of the better answer − r of the other). A model that knows nothing has log 2, 0.693.",
  },
  {
    ...{ stage: "rlhf", title: "Reinforcement: reward", line: "reward", beside: "judge" },
    text: "The learned reward of a step's answers, and dotted what a second judge says of the same. Where they part, the policy has found what the reward got wrong.",
  },
  {
    ...{ stage: "rlhf", title: "Reinforcement: KL", line: "k1" },
    text: "How far the policy has gone from the tuned model, in nats an answer.",
  },
];

/** Writes report.json and report.html. @returns their paths. */
export async function writeReport(out: string, made: Made): Promise<string[]> {
  const { settings, folder, comparison } = made;
  const stages = Object.fromEntries(
    (["sft", "reward", "rlhf"] as const).map((stage) => [stage, folder.result(stage)]),
  );
  const json = `${JSON.stringify({ settings, stages, comparison }, null, 2)}\n`;
  const logs = {
    sft: await logOf(out, "sft"),
    reward: await logOf(out, "reward"),
    rlhf: await logOf(out, "rlhf"),
  };
  const files = { "report.json": json, "report.html": page(stages as never, logs, comparison) };
  const paths: string[] = [];
  for (const [name, text] of Object.entries(files)) {
    paths.push(join(out, name));
    await writeFileAtomically(join(out, name), new TextEncoder().encode(text));
  }
  return paths;
}

function page(
  stages: Readonly<Record<Stage, StageResult>>,
  logs: Readonly<Record<Stage, readonly Logged[]>>,
  comparison: ChainComparison,
): string {
  const { preference, judge, aligned, tuned, kl, questions, answers } = comparison;
  const { rate, interval } = preference;
  const range = interval ? `, ${percent(interval[0])} to ${percent(interval[1])}` : "";
  const curves = CURVES.map(({ stage, title, line, beside, text }) => {
    const log = logs[stage];
    const chart = curveChart(
      title,
      points(log, line),
      beside ? points(log, beside) : [],
      log.length,
    );
    return markup`<section><h2>${title}</h2>\n<div class="curve">${chart}</div>\n<p>${text}</p></section>`;
  });
  const samples = (["sft", "rlhf"] as const).flatMap((stage) => {
    const { sample } = stages[stage];
    if (!sample) return [];
    return [
      markup`<section><h2>An answer before and after ${stage}</h2>\n<dl><dt>asked</dt><dd>${sample.question}</dd><dt>before</dt><dd>${sample.before}</dd><dt>after</dt><dd>${sample.after}</dd></dl></section>`,
    ];
  });
  const rows = (["judge", "reward", "closed", "length"] as const).flatMap((name) => {
    const [own, other] = [aligned[name], tuned[name]];
    if (own === undefined || other === undefined) return [];
    const head = name === "judge" ? judge : name === "reward" ? "learned reward" : name;
    return [
      markup`<tr><td>${head}</td><td>${other.toFixed(3)}</td><td>${own.toFixed(3)}</td></tr>`,
    ];
  });
  return pageOf(
    "A model aligned",
    STYLE,
    markup`<header><div>
<p>Alignment</p>
<h1>The aligned model’s answer is better in ${percent(rate)}</h1>
<p>${`${questions} questions, ${answers} answers of each model, compared by ${judge}${range} · KL ${kl[0].toFixed(2)} ± ${kl[1].toFixed(2)}`}</p>
</div></header>
<main>
<section><h2>Side by side</h2>
<table><thead><tr><th></th><th>tuned</th><th>aligned</th></tr></thead><tbody>
${rows}
</tbody></table></section>
${samples}
${curves}
</main>
<footer><p>By gemma-reference.</p></footer>`,
  );
}

function points(log: readonly Logged[], name: string) {
  return log.flatMap((report) => {
    const value = report[name];
    return typeof value === "number" ? [{ step: report.step, value }] : [];
  });
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
