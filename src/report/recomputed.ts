/**
 * Figures of the report that come out otherwise when they are computed again, and figures that count something else than
 * their names say.
 * @module
 */
import { countParameters, GEMMA_2B, GEMMA_7B, type GemmaConfig } from "../config.ts";
import { formatCount } from "../table.ts";
import { benchmarkAverage, benchmarkLead, benchmarkOutcomes } from "./benchmark-scores.ts";
import { BENCHMARK_AVERAGES, BENCHMARK_MODELS } from "./benchmarks.ts";
import { CLAIMED_LEADS, OUTPERFORMED } from "./claims.ts";
import { DIMENSIONS, PARAMETERS } from "./dimensions.ts";
import type { Inconsistency } from "./inconsistency.ts";
import {
  LEADERBOARD,
  LEADERBOARD_AVERAGES,
  LEADERBOARD_ITSELF,
  leaderboardAverage,
} from "./leaderboard.ts";
import { impliedRatings, PREFERENCES, preferenceRate } from "./preferences.ts";
import { agrees } from "./rounding.ts";

const list = (values: readonly number[], digits: number) =>
  values.map((value) => value.toFixed(digits)).join(" / ");
const both = (of: (config: GemmaConfig) => number) =>
  [GEMMA_2B, GEMMA_7B].map((config) => formatCount(of(config))).join(" and ");
const dimensions = (key: "feedforwardHiddenDims" | "vocabSize") =>
  [...new Set(DIMENSIONS.rows.map((row) => formatCount(row[key])))].join(" and ");

/** Half a unit of the last digit of a row, and of the average. */
const AVERAGE_SLACK = 0.05 + 0.05;

function averages(): Inconsistency {
  const early = BENCHMARK_AVERAGES.R1;
  const withoutMmlu = BENCHMARK_MODELS.filter((model) =>
    agrees(early[model], benchmarkAverage(model, ["MMLU"]), AVERAGE_SLACK),
  );
  return {
    id: "averages-r1",
    kind: "sum",
    where: "Table 6, averages [R1]",
    says: list(Object.values(early), 1),
    recomputed: `${list(
      BENCHMARK_MODELS.map((model) => benchmarkAverage(model)),
      2,
    )} from the rows of that text; without MMLU ${withoutMmlu.length} of the 5 agree`,
    matters: "the first figures are still quoted; R4 has other averages of the same rows",
    here: "R4's averages, which the rows give",
  };
}

function leaderboard(): Inconsistency {
  const mean = leaderboardAverage("Gemma 7B");
  const rows = LEADERBOARD.rows.map(({ scores }) => scores["Gemma 7B"]);
  const mended = mean - (rows[0] - LEADERBOARD_ITSELF["ARC-c"]) / rows.length;
  return {
    id: "leaderboard-average",
    kind: "sum",
    where: "Table 7, Gemma 7B",
    says: `an average of ${LEADERBOARD_AVERAGES["Gemma 7B"].toFixed(1)}, and 61.9 at ARC-c`,
    recomputed: `${mean.toFixed(2)}; the leaderboard had ${LEADERBOARD_ITSELF["ARC-c"]} at ARC-c, with which it is ${mended.toFixed(2)}`,
    matters: "ARC-c is probably a misprint of 61.1: a run that gets 61.1 is not wrong",
    here: "the row as it is printed, with a note",
  };
}

function preferences(): Inconsistency {
  const row = PREFERENCES.find(
    ({ release, size, prompts }) => release === "1.0" && size === "2B" && prompts === "safety",
  ) as (typeof PREFERENCES)[number];
  return {
    id: "preference-rate",
    kind: "sum",
    where: "Table 9, 1.0 2B, safety",
    says: `a win rate of ${row.rate} from ${row.win} / ${row.tie} / ${row.loss}`,
    recomputed: `win + tie/2 = ${preferenceRate(row).toFixed(2)}; rounding explains 0.125 at most`,
    matters: "the other seven cells follow the rule, so the rule is right",
    here: "win + tie/2",
  };
}

function ratings(): Inconsistency {
  const on = (prompts: "safety" | "instructions") => {
    const rows = PREFERENCES.filter((row) => row.prompts === prompts);
    const counts = rows.map((row) => Math.round(impliedRatings(row)));
    return `${formatCount(Math.min(...counts))} to ${formatCount(Math.max(...counts))} on ${prompts}`;
  };
  return {
    id: "preference-ratings",
    kind: "count",
    where: "Tables 5 and 9, intervals",
    says: "about 1,000 prompts on instructions, 400 on safety",
    recomputed: `normal intervals of these widths take ${on("instructions")} and ${on("safety")}`,
    matters: "prompts were rated more than once, and ratings of one prompt are not independent",
    here: "figures as printed; how the intervals were made is not said",
  };
}

function wins(): Inconsistency {
  const { wins, ties, losses } = benchmarkOutcomes("Gemma 7B");
  return {
    id: "eleven-of-eighteen",
    kind: "count",
    where: "Abstract",
    says: `ahead in ${OUTPERFORMED.tasks} of ${OUTPERFORMED.of} tasks`,
    recomputed: `${wins.length} ahead, ${ties.length} equal (${ties.join(", ")}), ${losses.length} behind (${losses.join(", ")})`,
    matters: "the tie counts as a win; the 2B is ahead in no task",
    here: "wins, ties and losses apart",
  };
}

function leads(): Inconsistency {
  const of = (model: "Gemma 2B" | "Gemma 7B") =>
    CLAIMED_LEADS.map(({ benchmark }) => {
      const lead = benchmarkLead(benchmark, model);
      return `${benchmark} ${lead < 0 ? "−" : "+"}${Math.abs(lead).toFixed(1)}`;
    }).join(", ");
  return {
    id: "claimed-leads",
    kind: "count",
    where: "Automated benchmarks, text",
    says: `Gemma models lead by ${CLAIMED_LEADS.map((lead) => `${lead.points} points (${lead.benchmark})`).join(", ")} at least`,
    recomputed: `7B: ${of("Gemma 7B")}; 2B: ${of("Gemma 2B")}`,
    matters: "it is true of the 7B only",
    here: "leads by model",
  };
}

/** Norms that the first wording would add: two more a layer. */
const extraNorms = ({ numHiddenLayers, hiddenSize }: GemmaConfig) =>
  2 * numHiddenLayers * hiddenSize;

const COUNTED_OTHERWISE: readonly Inconsistency[] = [
  {
    id: "feedforward-width",
    kind: "count",
    where: "Table 1, feedforward hidden dims",
    says: dimensions("feedforwardHiddenDims"),
    recomputed: `${both((config) => config.intermediateSize)}: only these give Table 2`,
    matters: "an MLP built with the printed width has twice the parameters, and no checkpoint fits",
    here: "intermediateSize counts one branch, as Hugging Face does",
  },
  {
    id: "vocabulary",
    kind: "count",
    where: "Tables 1 and 2, vocabulary",
    says: dimensions("vocabSize"),
    recomputed: `${formatCount(GEMMA_2B.vocabSize)} pieces, and 128 rows without one; Table 2 counts those rows`,
    matters: `the 2B as released has ${formatCount(PARAMETERS.rows[0].embedding - countParameters(GEMMA_2B).embedding)} parameters fewer than Table 2`,
    here: "rows beyond the config's are dropped on loading",
  },
  {
    id: "norm-places",
    kind: "count",
    where: "Architecture, normalizer [R0]",
    says: "RMSNorm at the input and the output of each sub-layer",
    recomputed: `that would be ${both(extraNorms)} parameters more than Table 2`,
    matters: "Gemma 2 has those norms, so ports of both mix them up",
    here: "two norms a layer and the last one; otherwise is the known bug `structure-post-norm`",
  },
];

/** Sums that do not come out, then counts. */
export const RECOMPUTED: readonly Inconsistency[] = [
  averages(),
  leaderboard(),
  preferences(),
  ratings(),
  wins(),
  leads(),
  ...COUNTED_OTHERWISE,
];
