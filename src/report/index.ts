/**
 * The tables of the Gemma technical report as data: figures as printed, each with its version; what follows from them,
 * and where the report disagrees with itself. `docs/report.md` walks the report with them.
 *
 *     import { benchmarkRow } from "gemma-reference/report";
 *     benchmarkRow("MMLU").scores["Gemma 2B"]; // 42.3
 *
 * @module
 */
export {
  type BenchmarkOutcomes,
  benchmarkAverage,
  benchmarkLead,
  benchmarkOutcomes,
  benchmarkRow,
} from "./benchmark-scores.ts";
export {
  BENCHMARK_AVERAGES,
  BENCHMARK_MODELS,
  BENCHMARKS,
  type BenchmarkModel,
  type BenchmarkName,
  type BenchmarkRow,
} from "./benchmarks.ts";
export { CLAIMED_LEADS, type ClaimedLead, HUMAN_MMLU, OUTPERFORMED } from "./claims.ts";
export { VERSION_DIFFERENCES, type VersionDifference } from "./differences.ts";
export {
  CONTEXT_LENGTH,
  DIMENSIONS,
  type DimensionRow,
  PARAMETERS,
  type ParameterRow,
} from "./dimensions.ts";
export { INCONSISTENCIES } from "./inconsistencies.ts";
export type { Inconsistency } from "./inconsistency.ts";
export {
  LEADERBOARD,
  LEADERBOARD_AVERAGES,
  LEADERBOARD_ITSELF,
  type LeaderboardModel,
  type LeaderboardRow,
  leaderboardAverage,
  measuredTwice,
  type TwiceMeasured,
} from "./leaderboard.ts";
export { MEMORIZATION } from "./memorization.ts";
export {
  impliedRatings,
  PREFERENCES,
  type PreferenceRow,
  preferenceRate,
  preferred,
} from "./preferences.ts";
export { agrees } from "./rounding.ts";
export { SAFETY, SAFETY_MODELS, type SafetyModel, type SafetyRow } from "./safety.ts";
export { CARBON_TONNES, CHIPS_PER_POD, TRAINING, type TrainingRow } from "./training.ts";
export {
  type GemmaSize,
  REPORT_SOURCES,
  type ReportSource,
  type ReportTable,
  type ReportVersion,
} from "./version.ts";
