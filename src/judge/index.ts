/**
 * A model that judges two answers, and what its verdicts come to: win rates with intervals, the judge's own habits, the strengths
 * of many models. `docs/judge.md` shows how they go together.
 *
 *     import { countOutcomes, describeJudge, judgedPairs, judgePairs, preference } from "gemma-reference/judge";
 *     const judgements = await Array.fromAsync(judgePairs(gemma, pairs));
 *     preference(countOutcomes(judgedPairs(judgements))); // { rate: 0.59, interval: [0.50, 0.68], … }
 *
 * @module
 */
export {
  countOutcomes,
  flipped,
  type JudgedPair,
  type Outcomes,
  outcomeOf,
  type Shown,
  type Verdict,
  type Winner,
  winnerOf,
} from "./outcome.ts";
export { DEFAULT_CRITERIA, type InstructionOptions } from "./prompts/instructions.ts";
export { type Comparison, pairwisePrompt } from "./prompts/pairwise.ts";
export { asOneTurn, type JudgePrompt } from "./prompts/prompt.ts";
export type { Turns } from "./prompts/shown.ts";
export { type Graded, SCORE_RANGE, singlePrompt } from "./prompts/single.ts";
export {
  type BradleyTerry,
  type BradleyTerryOptions,
  bradleyTerry,
} from "./ranking/bradley-terry.ts";
export { type Match, matchesOf, type WinMatrix, winMatrix } from "./ranking/match.ts";
export { type OnlineEloOptions, onlineElo } from "./ranking/online-elo.ts";
export { type GemmaJudgeOptions, gemmaJudge } from "./run/gemma-judge.ts";
export { type Asking, type AskJudge, type Judge, Unjudgeable } from "./run/judge.ts";
export { type JudgePairsOptions, type JudgeProgress, judgePairs } from "./run/judge-pairs.ts";
export { type JudgeScoresOptions, judgeScores, type ScoreJudgement } from "./run/judge-scores.ts";
export { type Judgement, judgedPairs } from "./run/judgement.ts";
export type { AnswerPair, Orders } from "./run/pair.ts";
export { type Agreement, agreement } from "./statistics/agreement.ts";
export {
  type BootstrapOptions,
  bootstrapInterval,
  type PromptRatings,
  ratingsByPrompt,
  ratingsOf,
} from "./statistics/bootstrap.ts";
export {
  type DescribeJudgeOptions,
  describeJudge,
  type Finding,
  type JudgeDescription,
  type JudgeKind,
} from "./statistics/describe-judge.ts";
export { exactBootstrapInterval } from "./statistics/exact-bootstrap.ts";
export {
  type Interval,
  normalInterval,
  ratingsForWilson,
  ratingVariance,
  wilsonInterval,
  wilsonTiesInterval,
  winRate,
} from "./statistics/intervals.ts";
export { type LengthBias, type LengthOfMistakes, lengthBias } from "./statistics/length-bias.ts";
export { normalQuantile } from "./statistics/normal-quantile.ts";
export { type PositionBias, positionBias } from "./statistics/position-bias.ts";
export {
  type IntervalKind,
  type Preference,
  type PreferenceOptions,
  preference,
} from "./statistics/preference.ts";
export { type RecomputedPreference, reportPreferences } from "./statistics/report-preferences.ts";
export {
  likeliestVerdict,
  type VerdictLogprobs,
  type VerdictShares,
  verdictShares,
} from "./verdicts/likeliest-verdict.ts";
export { parseScore } from "./verdicts/parse-score.ts";
export { parseVerdict, type VerdictRule } from "./verdicts/parse-verdict.ts";
