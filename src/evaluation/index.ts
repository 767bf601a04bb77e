/**
 * Benchmarks: a model answers requests, tasks say what is asked and what is right, and the figures are those of EleutherAI's
 * lm-evaluation-harness on the same documents. Data is not shipped.
 *
 *     import { evaluate, Evaluator, PIQA } from "gemma-reference/evaluation";
 *     const evaluator = new Evaluator(await Gemma.load("google/gemma-2b"));
 *     const { metrics } = await evaluate(evaluator, PIQA, { validation: documents }, { limit: 100 });
 *
 * @module
 */
export { type AnswerStore, memoryStore, type StoredAnswer } from "./answers/answer-store.ts";
export type {
  CodeOutcome,
  CodeResult,
  CodeRunner,
  CodeRunOptions,
} from "./code/code-runner.ts";
export { type ProblemResult, runPrograms } from "./code/pass-rate.ts";
export {
  type HumanEvalProblem,
  humanEvalProgram,
  type MbppProblem,
  mbppProgram,
} from "./code/programs.ts";
export type * from "./filters/filter.ts";
export { filterFromLmEval } from "./filters/from-lm-eval.ts";
export { filterPipeline } from "./filters/pipeline.ts";
export { type LmEvalOptions, taskFromLmEval } from "./lm-eval/from-lm-eval.ts";
export type { LmEvalFunction } from "./lm-eval/known-functions.ts";
export { type Comparison, mathEquivalence } from "./math/equivalence.ts";
export {
  brierScore,
  type ChoiceSample,
  type ChoiceScores,
  scoreChoices,
} from "./metrics/choice.ts";
export { compareRuns, type PairedDifference, type SignTest, signTest } from "./metrics/compare.ts";
export { type ExactMatchOptions, exactMatch } from "./metrics/exact-match.ts";
export { passAtK } from "./metrics/pass-at-k.ts";
export { type BbqAnswer, type BbqScores, bbqScores } from "./metrics/safety/bbq.ts";
export { type GroupScore, groupGap, scoresByGroup } from "./metrics/safety/by-group.ts";
export { type PairScore, scorePair } from "./metrics/safety/pairs.ts";
export { type Toxicity, type ToxicityScores, toxicityScores } from "./metrics/safety/toxicity.ts";
export { truthfulMass } from "./metrics/safety/truthful.ts";
export { bootstrapError, meanError, sampleDeviation } from "./metrics/standard-error.ts";
export type { EvaluationProgress } from "./prefix/progress.ts";
export { type BesideReport, besideReport, besideReportText } from "./report/beside.ts";
export {
  compareSamples,
  comparisonText,
  type MetricComparison,
  type RunSamples,
} from "./report/comparison.ts";
export { type EvaluationPageOptions, evaluationPage } from "./report/html/page.ts";
export type { PromptEncoder } from "./report/html/sample.ts";
export { resultsTable } from "./report/table.ts";
export { Evaluator, type EvaluatorOptions } from "./requests/evaluator.ts";
export type {
  Answered,
  Continued,
  ContinueRequest,
  GenerateRequest,
  Likelihood,
  LoglikelihoodRequest,
  RollingLikelihood,
  TokensRequest,
} from "./requests/request.ts";
export type { Truncation } from "./requests/truncate.ts";
export { type InspectLog, inspectLog, inspectLogText } from "./results/inspect-log.ts";
export type {
  LmEvalFigures,
  LmEvalResults,
  LmEvalSample,
  LmEvalValue,
} from "./results/lm-eval-files.ts";
export { metricValue, parseLmEvalResults, parseLmEvalSamples } from "./results/read.ts";
export { lmEvalResults, lmEvalResultsText, type RunDescription } from "./results/write-results.ts";
export { lmEvalSampleLines, lmEvalSamples } from "./results/write-samples.ts";
export {
  type Answers,
  type EvaluateOptions,
  evaluate,
  type TaskDocuments,
} from "./task/evaluate.ts";
export { groupResult, type TaskGroup } from "./task/group.ts";
export type {
  MetricResult,
  PromptStyle,
  RollingRequest,
  Sample,
  TaskAnswer,
  TaskRequest,
  TaskResult,
} from "./task/result.ts";
export type {
  Aggregation,
  DatasetSource,
  Field,
  FilterRow,
  GenerationSpec,
  MetricSpec,
  MetricValue,
  ScoredAnswer,
  ScoreFunction,
  ShotsSpec,
  Target,
  TaskDocument,
  TaskKind,
  TaskSpec,
} from "./task/spec.ts";
export { TASKS } from "./tasks/all.ts";
export { humanEval } from "./tasks/code/humaneval.ts";
export { mbpp } from "./tasks/code/mbpp.ts";
export { DEMO_ENDINGS, DEMO_SUMS } from "./tasks/demo/demo.ts";
export { DEMO_DOCUMENTS } from "./tasks/demo/stories.ts";
export { ARC_CHALLENGE, ARC_EASY } from "./tasks/knowledge/arc.ts";
export { COMMONSENSE_QA } from "./tasks/knowledge/commonsense-qa.ts";
export { MMLU, MMLU_SUBJECTS, mmlu } from "./tasks/knowledge/mmlu.ts";
export { NATURAL_QUESTIONS } from "./tasks/knowledge/natural-questions.ts";
export { OPENBOOKQA } from "./tasks/knowledge/openbookqa.ts";
export { TRIVIAQA } from "./tasks/knowledge/triviaqa.ts";
export { LAMBADA } from "./tasks/likelihood/lambada.ts";
export { WIKITEXT } from "./tasks/likelihood/wikitext.ts";
export { AGIEVAL_MATH } from "./tasks/maths/agieval-math.ts";
export { GSM8K } from "./tasks/maths/gsm8k.ts";
export {
  type Equivalence,
  MATH_SUBJECTS,
  minervaMath,
  SAME_FORMULA,
  WRITTEN_ALIKE,
} from "./tasks/maths/math.ts";
export { BOOLQ } from "./tasks/reading/boolq.ts";
export { AGIEVAL_SETS, agieval } from "./tasks/reasoning/agieval.ts";
export { BBH_TASKS, type BbhPrompt, bigBenchHard } from "./tasks/reasoning/bbh.ts";
export { HELLASWAG } from "./tasks/reasoning/hellaswag.ts";
export { PIQA } from "./tasks/reasoning/piqa.ts";
export { SIQA } from "./tasks/reasoning/siqa.ts";
export { WINOGRANDE } from "./tasks/reasoning/winogrande.ts";
export { reportRow } from "./tasks/report-row.ts";
export { BBQ, BBQ_CATEGORIES } from "./tasks/safety/bbq.ts";
export { CROWS_PAIRS } from "./tasks/safety/crows-pairs.ts";
export { realToxicity } from "./tasks/safety/real-toxicity.ts";
export { TOXIGEN } from "./tasks/safety/toxigen.ts";
export { truthfulQa } from "./tasks/safety/truthfulqa.ts";
export { winobias } from "./tasks/safety/winobias.ts";
export { WINOGENDER } from "./tasks/safety/winogender.ts";
export { type Template, template } from "./template/template.ts";
