/**
 * Learning from preferences: `rlhf` and `dpo`, and what they are made of as pure functions on arrays: reward head, Bradley–Terry, policy
 * gradient with KL, DPO. `TrainableModel.accumulateOf` and `accumulateOfFinals` bring their gradients into a model. Where a policy
 * has few answers, all of them give what samples estimate; of any other, samples of the reference say how far RLHF can get.
 * @module
 */

export { type DpoOptions, type DpoReport, dpo } from "./dpo/dpo.ts";
export {
  type DpoFigures,
  DpoLearner,
  type DpoMeasure,
  type DpoModel,
  type DpoPair,
} from "./dpo/dpo-learner.ts";
export { type BestOfN, type BestOfNOptions, bestOfN } from "./exact/best-of-n.ts";
export {
  type EnumeratedResponse,
  type EnumeratedResponses,
  type EnumerateOptions,
  enumerateResponses,
} from "./exact/enumerate.ts";
export {
  type EstimatedOptimum,
  type EstimateOptimumOptions,
  estimateOptimum,
} from "./exact/estimate-optimum.ts";
export { expectedKlGradient, type KlGradient } from "./exact/kl-gradients.ts";
export { type ExactObjective, exactObjective } from "./exact/objective.ts";
export { type Optimum, optimumOf } from "./exact/optimum.ts";
export {
  type ScoredResponses,
  type SquaredScoresOptions,
  squaredScores,
  varianceLeaveOneOut,
  varianceWithBaseline,
} from "./exact/variance.ts";
export {
  advantagesOver,
  batchMeanAdvantages,
  leaveOneOutAdvantages,
  type MovingAverageOptions,
  movingAverage,
} from "./losses/baselines.ts";
export {
  type BradleyTerryLossOptions,
  bradleyTerryLoss,
  type PairLoss,
  preferenceAccuracy,
} from "./losses/bradley-terry.ts";
export type { Ragged } from "./losses/check.ts";
export {
  type ClippedLoss,
  type ClippedRatioOptions,
  clippedPolicyGradientLoss,
  clippedTokenPolicyGradientLoss,
} from "./losses/clipped-ratio.ts";
export { type DpoLoss, type DpoLossOptions, dpoLoss, type PairLogprobs } from "./losses/dpo.ts";
export { type KlEstimates, klEstimates, logRatios } from "./losses/kl.ts";
export { type KlInLoss, klInLoss } from "./losses/kl-in-loss.ts";
export {
  policyGradientLoss,
  type TokenLoss,
  tokenPolicyGradientLoss,
} from "./losses/policy-gradient.ts";
export {
  responseLogprobs,
  responseLogprobsBackward,
  sumOverResponses,
} from "./losses/response-logprobs.ts";
export {
  type LastRowsOptions,
  lastRows,
  type RewardHeadBackwardOptions,
  rewardHead,
  rewardHeadBackward,
} from "./losses/reward-head.ts";
export { returnsToGo, shapedRewards } from "./losses/shaped-rewards.ts";
export {
  type Alarm,
  type HackingMonitor,
  type HackingMonitorOptions,
  type HackingSign,
  hackingMonitor,
  type MonitoredStep,
} from "./monitor/hacking.ts";
export {
  type PairOptions,
  type PreferencePair,
  type PreferenceRow,
  preferencePair,
} from "./pairs/preference-pair.ts";
export {
  type AgainstLength,
  type AgainstTruth,
  type Calibration,
  type CalibrationOptions,
  type OfPairs,
  type ReliabilityBin,
  rewardCalibration,
} from "./reward/calibration.ts";
export {
  type OpenRewardModel,
  openRewardModel,
  type RewardModelFilesOptions,
  rewardModelFiles,
} from "./reward/files.ts";
export {
  type Probe,
  type RewardProbes,
  type RewardProbesOptions,
  rewardProbes,
} from "./reward/probes.ts";
export {
  type AskedAnswer,
  type RewardHeadOptions,
  type RewardLossOptions,
  RewardModel,
  type RewardModelOptions,
  type RewardOfOptions,
  type RewardPair,
} from "./reward/reward-model.ts";
export { type RewardReport, type TrainRewardOptions, trainReward } from "./reward/train-reward.ts";
export type { Baseline, Level } from "./rlhf/baseline.ts";
export {
  type EvaluatePolicyOptions,
  evaluatePolicy,
  type PolicyEvaluation,
} from "./rlhf/evaluate-policy.ts";
export type { RolloutFigures } from "./rlhf/figures.ts";
export type { RlhfOptions } from "./rlhf/options.ts";
export type { Policy } from "./rlhf/policy-learner.ts";
export type { RewardMonitor } from "./rlhf/reward-monitor.ts";
export { type RlhfReport, rlhf } from "./rlhf/rlhf.ts";
export type { JudgeOptions, RewardOf, ScoredAnswer } from "./rollout/answer.ts";
export type { NumberedPrompt, RolloutParts } from "./rollout/draw-rollouts.ts";
export { drawRollouts, scoredAnswer } from "./rollout/draw-rollouts.ts";
export {
  largestGap,
  ON_POLICY,
  type OnPolicyEvidence,
  offPolicyAlarm,
  onPolicyEvidence,
} from "./rollout/on-policy.ts";
export {
  type AskedPrompt,
  askedPrompts,
  type PromptOptions,
  type PromptRow,
} from "./rollout/prompts.ts";
export type { ScoresTokens } from "./rollout/reference.ts";
export type { RatedRollout, Rollout } from "./rollout/rollout.ts";
export {
  type DrawAnswers,
  type DrawOptions,
  drawsFrom,
  type PresentWeights,
} from "./rollout/sample.ts";
export { missingWords, talesRule } from "./tales/rule.ts";
