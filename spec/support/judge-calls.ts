/** The calls of `gemma-reference/judge` that take options, as public-calls.ts lists those of the other rooms. */
import { pairwisePrompt } from "../../src/judge/prompts/pairwise.ts";
import { singlePrompt } from "../../src/judge/prompts/single.ts";
import { bradleyTerry } from "../../src/judge/ranking/bradley-terry.ts";
import { onlineElo } from "../../src/judge/ranking/online-elo.ts";
import { gemmaJudge } from "../../src/judge/run/gemma-judge.ts";
import { judgePairs } from "../../src/judge/run/judge-pairs.ts";
import { judgeScores } from "../../src/judge/run/judge-scores.ts";
import { bootstrapInterval } from "../../src/judge/statistics/bootstrap.ts";
import { describeJudge } from "../../src/judge/statistics/describe-judge.ts";
import { preference } from "../../src/judge/statistics/preference.ts";
import type { Call } from "./public-calls.ts";

const PROMPTS = "judge/prompts.spec.ts";
const PAIRS = "judge/judge-pairs.spec.ts";
const INTERVALS = "judge/intervals.spec.ts";
const RANKING = "judge/ranking.spec.ts";

const told = (spec: string, title: string) =>
  ({ criteria: [spec, title], rubric: [spec, title], constitution: [spec, title] }) as const;
const DRAWN = "has its seed, its level and its number of resamples";
const KINDS = "has the interval that is asked for";
const GRADES = "takes criteria, a store, a signal, and several at once";

export const JUDGE_CALLS: Readonly<Record<string, Call>> = {
  "judge/prompts/pairwise.ts pairwisePrompt": {
    call: (options) => pairwisePrompt({ question: "q", answers: ["a", "b"] }, options),
    seen: told(PROMPTS, "goes by criteria, a rubric and a constitution"),
  },
  "judge/prompts/single.ts singlePrompt": {
    call: (options) => singlePrompt({ question: "q", answer: "a" }, options),
    seen: told(PROMPTS, "asks for a score from 1 to 10, by what it is told"),
  },
  "judge/ranking/bradley-terry.ts bradleyTerry": {
    call: (options) => bradleyTerry([{ models: ["a", "b"], winner: "tie" }], options),
    seen: { priorTies: [RANKING, "with half a tie as prior counts a quarter of a win for each"] },
  },
  "judge/ranking/online-elo.ts onlineElo": {
    call: (options) => onlineElo([], options),
    seen: {
      k: [RANKING, "moves by half of k where equals meet, from the start"],
      start: [RANKING, "moves by half of k where equals meet, from the start"],
    },
  },
  "judge/run/gemma-judge.ts gemmaJudge": {
    call: (options, gemma) => gemmaJudge(gemma, options),
    seen: { maxTokens: [PAIRS, "is asked in one turn of the user"] },
  },
  "judge/run/judge-pairs.ts judgePairs": {
    call: (options) => judgePairs(() => "", [], options),
    seen: {
      ...told(PAIRS, "tells a judge by what to go"),
      orders: [PAIRS, "shuffled asks once each, in an order that the seed draws"],
      seed: [PAIRS, "shuffled asks once each, in an order that the seed draws"],
      verdicts: [PAIRS, "reads verdicts by the rule that is asked for"],
      prompt: [PAIRS, "or a prompt of one's own"],
      atOnce: [PAIRS, "has as many questions under way as it may"],
      store: [PAIRS, "asks nothing twice that is in the store"],
      onProgress: [PAIRS, "has as many questions under way as it may"],
      signal: [PAIRS, "ends with the reason of its signal"],
    },
  },
  "judge/run/judge-scores.ts judgeScores": {
    call: (options) => judgeScores(() => "", [], options),
    seen: {
      ...told(PROMPTS, "asks for a score from 1 to 10, by what it is told"),
      criteria: [PAIRS, GRADES],
      atOnce: [PAIRS, GRADES],
      store: [PAIRS, GRADES],
      signal: [PAIRS, GRADES],
    },
  },
  "judge/statistics/bootstrap.ts bootstrapInterval": {
    call: (options) => bootstrapInterval([[1]], options),
    seen: {
      level: [INTERVALS, DRAWN],
      seed: [INTERVALS, DRAWN],
      resamples: [INTERVALS, DRAWN],
    },
  },
  "judge/statistics/describe-judge.ts describeJudge": {
    call: (options) => describeJudge([], options),
    seen: { alpha: ["judge/describe-judge.spec.ts", "is a habit from another probability on"] },
  },
  "judge/statistics/preference.ts preference": {
    call: (options) => preference({ win: 1, tie: 0, loss: 0 }, options),
    seen: {
      interval: [INTERVALS, KINDS],
      level: [INTERVALS, KINDS],
      seed: [INTERVALS, KINDS],
      resamples: [INTERVALS, KINDS],
    },
  },
};
