/**
 * The tables of docs/report.md, from the data of src/report.
 * @module
 */
import { countParameters, GEMMA_2B, GEMMA_7B } from "../../../../src/config.ts";
import { benchmarkAverage } from "../../../../src/report/benchmark-scores.ts";
import {
  BENCHMARK_AVERAGES,
  BENCHMARK_MODELS,
  BENCHMARKS,
} from "../../../../src/report/benchmarks.ts";
import { VERSION_DIFFERENCES } from "../../../../src/report/differences.ts";
import { DIMENSIONS, PARAMETERS } from "../../../../src/report/dimensions.ts";
import { INCONSISTENCIES } from "../../../../src/report/inconsistencies.ts";
import type { Inconsistency } from "../../../../src/report/inconsistency.ts";
import {
  LEADERBOARD,
  LEADERBOARD_AVERAGES,
  leaderboardAverage,
  measuredTwice,
} from "../../../../src/report/leaderboard.ts";
import { PREFERENCES, preferenceRate, preferred } from "../../../../src/report/preferences.ts";
import { SAFETY, SAFETY_MODELS } from "../../../../src/report/safety.ts";
import { TRAINING } from "../../../../src/report/training.ts";
import { REPORT_SOURCES } from "../../../../src/report/version.ts";
import { count, fixed, markdownTable } from "../text/numbers.ts";

const versions = () =>
  markdownTable(
    ["", "what", "date", "read"],
    REPORT_SOURCES.map(({ version, title, date, read }) => [version, title, date, read]),
  );

const differences = () =>
  markdownTable(
    ["topic", "early", "R4", "this library"],
    VERSION_DIFFERENCES.map(({ topic, early, late, here }) => [topic, early, late, here]),
  );

const dimensions = () =>
  markdownTable(
    ["", "D", "layers", "2F", "N", "K", "H", "V"],
    DIMENSIONS.rows.map((row) => [
      row.model,
      count(row.dModel),
      String(row.layers),
      count(row.feedforwardHiddenDims),
      String(row.numHeads),
      String(row.numKvHeads),
      String(row.headSize),
      count(row.vocabSize),
    ]),
  );

/** Table 2 beside what the library counts for checkpoints as they are released. */
const parameters = () =>
  markdownTable(
    ["", "embedding", "non-embedding", "both", "as released"],
    PARAMETERS.rows.map(({ model, embedding, nonEmbedding }) => [
      model,
      count(embedding),
      count(nonEmbedding),
      count(embedding + nonEmbedding),
      count(countParameters(model === "2B" ? GEMMA_2B : GEMMA_7B).total),
    ]),
  );

const training = () =>
  markdownTable(
    ["", "tokens", "tokens [R1]", "pods", "chips", "chips a copy", "copies a pod"],
    TRAINING.map(({ model, tokens, pods, chips, modelSharding, dataReplicas }) => [
      model,
      `${tokens.R4 / 1e12}T`,
      `${tokens.R1 / 1e12}T`,
      ...[pods, chips, modelSharding, dataReplicas].map(count),
    ]),
  );

const PREFERRED = { Gemma: "Gemma", Mistral: "Mistral", open: "open" } as const;

const preferences = () =>
  markdownTable(
    ["Gemma", "prompts", "win / tie / loss", "rate", "95 %", "win + tie/2", "preferred"],
    PREFERENCES.map((row) => [
      `${row.release} ${row.size}`,
      row.prompts,
      [row.win, row.tie, row.loss].map((share) => fixed(share, 1)).join(" / "),
      fixed(row.rate, 1),
      row.interval.map((end) => fixed(end, 1)).join("–"),
      fixed(preferenceRate(row), 2),
      PREFERRED[preferred(row)],
    ]),
  );

/** In one cell: a page of the site has room for six columns. */
const withMetric = (benchmark: string, metric: string | undefined) =>
  metric === undefined ? benchmark : `${benchmark}, ${metric}`;

/** Table 6, with the mean of its rows below both of its averages. */
function benchmarks(): string {
  const rows = BENCHMARKS.rows.map(({ benchmark, metric, method, scores, runByGemmaTeam }) => [
    withMetric(method === "Mistral" ? `${benchmark} †` : benchmark, metric),
    ...BENCHMARK_MODELS.map(
      (model) => fixed(scores[model], 1) + (runByGemmaTeam.includes(model) ? "*" : ""),
    ),
  ]);
  const averages = (["R4", "R1"] as const).map((version) => [
    `average [${version}]`,
    ...BENCHMARK_MODELS.map((model) => fixed(BENCHMARK_AVERAGES[version][model], 1)),
  ]);
  const means = BENCHMARK_MODELS.map((model) => fixed(benchmarkAverage(model), 2));
  const head = ["benchmark", ...BENCHMARK_MODELS];
  return markdownTable(head, [...rows, ...averages, ["mean of the rows", ...means]]);
}

/** Table 7, and the same weights in Table 6. */
function leaderboard(): string {
  const inTable6 = measuredTwice("Gemma 7B");
  const rows = LEADERBOARD.rows.map(({ benchmark, shots, scores }) => {
    const twice = inTable6.find((row) => row.benchmark === benchmark);
    return [
      benchmark,
      String(shots),
      fixed(scores["Mistral 7B"], 1),
      fixed(scores["Gemma 7B"], 1),
      twice ? fixed(twice.here, 1) : "",
    ];
  });
  const models = ["Mistral 7B", "Gemma 7B"] as const;
  return markdownTable(
    ["benchmark", "shots", "Mistral 7B", "Gemma 7B", "Gemma 7B in Table 6"],
    [
      ...rows,
      ["average", "", ...models.map((model) => fixed(LEADERBOARD_AVERAGES[model], 1)), ""],
      ["mean of the rows", "", ...models.map((model) => fixed(leaderboardAverage(model), 2)), ""],
    ],
  );
}

const safety = () =>
  markdownTable(
    ["benchmark", ...SAFETY_MODELS],
    SAFETY.rows.map(({ benchmark, metric, scores, inR1 }) => [
      withMetric(benchmark, metric),
      ...SAFETY_MODELS.map((model) => {
        const early = inR1?.[model];
        return fixed(scores[model], 2) + (early === undefined ? "" : ` [R1: ${fixed(early, 2)}]`);
      }),
    ]),
  );

/** A list: five columns of sentences would be too narrow to be read. */
const inconsistencies = (kind: Inconsistency["kind"]) => () =>
  INCONSISTENCIES.filter((row) => row.kind === kind)
    .map(({ where, says, recomputed, matters, here }) =>
      [
        `- **${where}.** Says: ${says}.`,
        `  - Recomputed: ${recomputed}.`,
        `  - Why it matters: ${matters}.`,
        `  - Here: ${here}.`,
      ].join("\n"),
    )
    .join("\n");

/** By name, as docs/report.md asks for them. */
export const TABLES: Readonly<Record<string, () => string>> = {
  versions,
  differences,
  "table-1": dimensions,
  "table-2": parameters,
  training,
  "tables-5-9": preferences,
  "table-6": benchmarks,
  "table-7": leaderboard,
  "tables-8-10": safety,
  sums: inconsistencies("sum"),
  counts: inconsistencies("count"),
  open: inconsistencies("open"),
};
