/**
 * What judged pairs come to: the figures of `judge`, as an object and as text.
 * @module
 */
import { ArgumentError } from "../../errors.ts";
import { flipped, type JudgedPair } from "../../judge/outcome.ts";
import { type BradleyTerry, bradleyTerry } from "../../judge/ranking/bradley-terry.ts";
import { matchesOf } from "../../judge/ranking/match.ts";
import { ratingsByPrompt } from "../../judge/statistics/bootstrap.ts";
import { describeJudge, type JudgeDescription } from "../../judge/statistics/describe-judge.ts";
import {
  type Preference,
  type PreferenceOptions,
  preference,
} from "../../judge/statistics/preference.ts";
import { table } from "../../table.ts";

/** Options of the figures. */
export interface AnalysisOptions extends PreferenceOptions {
  readonly priorTies?: number;
}

/** The figures. */
export interface Analysis {
  /** Two, or those that are ranked. */
  readonly models: readonly string[];
  /** Of two models: how much the first is preferred; null if no pair has a verdict. */
  readonly preference: Preference | null;
  /** Of more than two. */
  readonly ranking: BradleyTerry | null;
  /** Why there is no ranking. */
  readonly unranked?: string;
  readonly judge: JudgeDescription;
}

/** All that can be said of `pairs`. */
export function analyse(pairs: readonly JudgedPair[], options: AnalysisOptions): Analysis {
  const { priorTies, ...rest } = options;
  const judge = describeJudge(pairs);
  const named = pairs.filter((pair) => pair.models !== undefined);
  const models = [...new Set(named.flatMap((pair) => pair.models ?? []))];
  if (models.length > 2) {
    try {
      const ranking = bradleyTerry(matchesOf(pairs), { priorTies });
      return { models: ranking.models, preference: null, ranking, judge };
    } catch (error) {
      if (!(error instanceof ArgumentError)) throw error;
      const unranked = `expected ${error.expected}, got ${error.got}`;
      return { models, preference: null, ranking: null, unranked, judge };
    }
  }
  const [first = "model_1", second = "model_2"] = models;
  const facing = pairs.map((pair) =>
    (pair.models?.[0] ?? first) === first ? pair : flipped(pair),
  );
  const ratings = ratingsByPrompt(facing);
  const found = ratings.length > 0 ? preference(ratings, rest) : null;
  return { models: [first, second], preference: found, ranking: null, judge };
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/** The figures for readers. */
export function analysisText(analysis: Analysis): string {
  const { judge } = analysis;
  const said = judge.findings.map(({ sentence }) => `  It ${sentence}.\n`).join("");
  return `${figures(analysis)}\nThe judge (${judge.kind})\n${said}${habits(judge)}`;
}

function figures({ models, preference: found, ranking, unranked, judge }: Analysis): string {
  const left = judge.errors > 0 ? ` ${judge.errors} without a verdict are left out.` : "";
  if (ranking) {
    const rows = ranking.models.map((model, i) => [
      model,
      ranking.strengths[i].toFixed(3),
      ranking.elo[i].toFixed(0),
      i === 0 ? "" : ranking.differenceErrors[0][i].toFixed(3),
    ]);
    const head = ["model", "strength", "Elo", "± to the first"];
    return `${ranking.matches} matches of ${ranking.models.length} models.${left}\n\n${table([head, ...rows], "lrrr")}`;
  }
  if (unranked !== undefined) {
    return `No ranking: ${unranked}; --prior-ties 0.5 adds half a tie between every two models.${left}\n`;
  }
  if (!found) return `No pair has a verdict.${left}\n`;
  const { win, tie, loss, ratings, rate, interval, level, kind, prompts } = found;
  const counts = [
    ["win", `${win}`, percent(win / ratings)],
    ["tie", `${tie}`, percent(tie / ratings)],
    ["loss", `${loss}`, percent(loss / ratings)],
  ];
  const range = interval
    ? `${percent(interval[0])} to ${percent(interval[1])}`
    : "no interval, as all ratings are the same";
  const of = prompts < ratings ? `${ratings} ratings of ${prompts} prompts` : `${ratings} pairs`;
  return `${models[0]} against ${models[1]}, ${of}.${left}

${table(counts, "lrr")}
Win rate ${percent(rate)} (win + tie/2), ${range} (${kind}, ${100 * level} %)
`;
}

function habits({ position, length, agreement }: JudgeDescription): string {
  const share = (value: number | undefined) => (value === undefined ? "" : percent(value));
  const p = (value: number) => `p = ${value < 1e-4 ? value.toExponential(0) : value.toFixed(4)}`;
  const { flipsToFirst, flipsToSecond, both } = position;
  const turned =
    both > 0 ? `, flips ${flipsToFirst} to the first, ${flipsToSecond} to the second` : "";
  const rows = [
    ["same in both orders", share(position.consistency), both > 0 ? `${both} pairs` : ""],
    ["for the first shown", share(position.firstShare), `${p(position.p)}${turned}`],
    ["for the longer", share(length.longerShare), p(length.p)],
    ["as is known", share(agreement.share), p(agreement.p)],
  ];
  return table(
    rows.filter(([, value]) => value !== ""),
    "lrl",
    "  ",
  );
}
