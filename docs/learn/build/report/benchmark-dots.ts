/**
 * The picture of Table 6: eighteen benchmarks, a row each, the five models as marks on a scale of percent.
 * @module
 */
import {
  benchmarkLead,
  benchmarkOutcomes,
  benchmarkRow,
} from "../../../../src/report/benchmark-scores.ts";
import {
  BENCHMARK_MODELS,
  BENCHMARKS,
  type BenchmarkModel,
  type BenchmarkName,
} from "../../../../src/report/benchmarks.ts";
import { element, notice, type Picture, short, text, WIDTH } from "../draw/picture.ts";
import { fixed } from "../text/numbers.ts";

const [LEFT, RIGHT, TOP, ROW] = [100, 484, 76, 19];
/** Between groups, for a heading. */
const HEADING = 26;
const x = (percent: number) => LEFT + ((RIGHT - LEFT) * percent) / 100;

/** Gemma is drawn last and lies above; Mistral's tips look out behind it, where the two are equal. */
const MARKS: Readonly<Record<BenchmarkModel, (x: number, y: number) => string>> = {
  "LLaMA-2 7B": (x, y) => path("row above", "M0 -5L5 4H-5Z", x, y),
  "LLaMA-2 13B": (x, y) => path("above", "M0 -5.5L5.5 4.5H-5.5Z", x, y),
  "Mistral 7B": (x, y) => path("below", "M0 -7L7 0L0 7L-7 0Z", x, y),
  "Gemma 2B": (x, y) => element("circle", { class: "ring", cx: x, cy: y, r: 4 }),
  "Gemma 7B": (x, y) => element("circle", { class: "tip", cx: x, cy: y, r: 5.2 }),
};
const path = (names: string, d: string, x: number, y: number) =>
  element("path", { class: names, d, transform: `translate(${short(x)} ${short(y)})` });

const lead = (benchmark: BenchmarkName) => benchmarkLead(benchmark, "Gemma 7B");
const signed = (points: number) => (points > 0 ? "+" : "") + fixed(points, 1);
const byLead = (names: readonly BenchmarkName[]) => [...names].sort((a, b) => lead(b) - lead(a));

/** One benchmark: its name, a line from the least to the most, the marks, and the lead. */
function row(benchmark: BenchmarkName, y: number): string[] {
  const { scores } = benchmarkRow(benchmark);
  const all = Object.values(scores);
  return [
    text(benchmark, LEFT - 14, y + 4, { anchor: "end" }),
    element("line", {
      ...{ class: "grid", x1: x(Math.min(...all)), x2: x(Math.max(...all)), y1: y, y2: y },
      "stroke-width": 3,
    }),
    ...BENCHMARK_MODELS.map((model) => MARKS[model](x(scores[model]), y)),
    text(signed(lead(benchmark)), WIDTH - 14, y + 4, { anchor: "end", of: "mono" }),
  ];
}

/** The marks and whose they are. */
function legend(y: number): string[] {
  return [...BENCHMARK_MODELS].reverse().flatMap((model, i) => {
    const at = 24 + 105 * i;
    return [MARKS[model](at, y), text(model, at + 11, y + 4, { of: "small" })];
  });
}

/** Table 6 as dots, ordered by how far the 7B is ahead of the best of the three others. */
export function benchmarkDots(): Picture {
  const { wins, ties, losses } = benchmarkOutcomes("Gemma 7B");
  const groups = [
    { heading: `Gemma 7B is ahead in ${wins.length}`, names: byLead(wins) },
    { heading: `equal in ${ties.length}`, names: ties },
    { heading: `behind in ${losses.length}`, names: byLead(losses) },
  ];
  const rows: string[] = [];
  const places = new Map<BenchmarkName, number>();
  let y = TOP;
  for (const { heading, names } of groups) {
    rows.push(text(heading, 16, y + 6, { of: "bold" }));
    y += HEADING;
    for (const name of names) {
      places.set(name, y);
      rows.push(...row(name, y));
      y += ROW;
    }
    y += 6;
  }
  const bottom = y - 4;
  const grid = [0, 20, 40, 60, 80, 100].flatMap((percent) => [
    element("line", { class: "grid", x1: x(percent), x2: x(percent), y1: TOP + 12, y2: bottom }),
    text(String(percent), x(percent), bottom + 16, { anchor: "middle", of: "small" }),
  ]);
  /** A ring around the leads of rows that follow each other, and words in the rows where they have room. */
  const ring = (names: readonly BenchmarkName[], words: string, end: number) => {
    const top = (places.get(names[0]) as number) - 9;
    const height = ROW * names.length - 1;
    const around = { x: WIDTH - 60, y: top, width: 52, height };
    return notice(around, words, { x: end, y: top + height / 2 + 4, anchor: "end" });
  };
  const [first, second] = groups[0].names;
  const last = groups[2].names.at(-1) as BenchmarkName;
  return {
    title: "Gemma, Mistral and LLaMA-2 on eighteen benchmarks, as the report has them",
    width: WIDTH,
    height: bottom + 44,
    body: [
      text("Eighteen benchmarks, by Gemma 7B's lead over the best of the others", 16, 26, {
        of: "bold",
      }),
      text("lead", WIDTH - 14, TOP + 6, { anchor: "end", of: "small" }),
      ...legend(48),
      ...grid,
      ...rows,
      ring([first, second], "arithmetic: far ahead", WIDTH - 72),
      ring([last], "facts by heart: far behind", x(50)),
      text("percent, as printed in Table 6 of the report", (LEFT + RIGHT) / 2, bottom + 34, {
        ...{ anchor: "middle", of: "small" },
      }),
    ],
    // All figures stand in Table 6, below the picture.
    table: {
      head: ["benchmark", "Gemma 7B", "best of the others", "lead"],
      rows: BENCHMARKS.rows.map(({ benchmark, scores }) => [
        benchmark,
        fixed(scores["Gemma 7B"], 1),
        fixed(scores["Gemma 7B"] - lead(benchmark), 1),
        signed(lead(benchmark)),
      ]),
    },
  };
}
