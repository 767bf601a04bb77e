/**
 * From the answers about one document to the values of its metrics, by the kind of task (`ConfigurableTask.process_results` of the
 * harness).
 * @module
 */
import { brief } from "../../brief.ts";
import { refusals } from "../../errors.ts";
import { pythonStr } from "../../python/literal.ts";
import { byteLength } from "../../python/text.ts";
import { brierScore, type ChoiceScores, scoreChoices } from "../metrics/choice.ts";
import { exactMatch } from "../metrics/exact-match.ts";
import { countWords } from "../metrics/rolling.ts";
import type { AskedDocument } from "./build-requests.ts";
import type { MetricValue, ScoredAnswer, TaskSpec } from "./spec.ts";

type Values = Readonly<Record<string, MetricValue>>;

/** Makes the scorer of a task. */
export function scorer(
  task: TaskSpec,
): (asked: AskedDocument, answers: readonly ScoredAnswer[]) => Values | Promise<Values> {
  const { score } = task;
  if (score) return ({ document }, answers) => score(document, answers);
  switch (task.kind) {
    case "continuation":
      return (_, [{ logprob, isGreedy }]) =>
        only(task, { perplexity: logprob, acc: Number(isGreedy) });
    case "rolling":
      return ({ target }, [{ logprob }]) => only(task, rollingValues(logprob, pythonStr(target)));
    case "generate":
      return generationScorer(task);
    default:
      return (asked, answers) => only(task, choiceValues(task, asked, answers));
  }
}

/** Of the values that a kind has, those that the task asks for. */
function only(
  { metrics }: TaskSpec,
  values: Readonly<Record<string, MetricValue | undefined>>,
): Values {
  const entries = metrics.flatMap(({ metric }) => {
    const value = values[metric];
    return value === undefined ? [] : [[metric, value] as const];
  });
  return Object.fromEntries(entries);
}

/** log p of a whole text, and the words or bytes that it is divided by. */
export function rollingValues(
  logprob: number,
  text: string,
): Readonly<Record<string, MetricValue>> {
  const bytes = [logprob, byteLength(text)];
  return {
    word_perplexity: [logprob, countWords(text)],
    byte_perplexity: bytes,
    bits_per_byte: bytes,
  };
}

function choiceValues(
  task: TaskSpec,
  { choices = [], gold }: AskedDocument,
  answers: readonly ScoredAnswer[],
): Readonly<Record<string, MetricValue | undefined>> {
  const golds = (Array.isArray(gold) ? gold : [gold]).map((one) => indexOf(one, choices));
  const conditional = answers.slice(0, choices.length);
  const unconditional = answers.slice(choices.length).map(({ logprob }) => logprob);
  const logprobs = conditional.map(({ logprob }) => logprob);
  const scores: ChoiceScores = scoreChoices({
    logprobs,
    choices,
    gold: golds,
    greedy: conditional.map(({ isGreedy }) => isGreedy),
    tokens: conditional.map(({ responses: [first] }) => first.tokens.length),
    ...(unconditional.length > 0 && { unconditional }),
  });
  const [right] = golds;
  const asksBrier = task.metrics.some(({ metric }) => metric === "brier_score");
  return {
    acc: scores.acc,
    acc_norm: scores.accNorm,
    acc_bytes: scores.accBytes,
    acc_mutual_info: scores.accMutualInfo,
    acc_per_token: scores.accPerToken,
    exact_match: scores.exactMatch,
    f1: [right, scores.chosen],
    mcc: [right, scores.chosen],
    brier_score: asksBrier ? brierScore(logprobs, right) : undefined,
  };
}

/** The index of a choice that is named by its place or by its text; −1 if there is no such choice. */
function indexOf(gold: unknown, choices: readonly string[]): number {
  if (typeof gold === "string") return choices.indexOf(gold);
  const index = Number(gold);
  return index in choices ? index : -1;
}

function generationScorer(task: TaskSpec) {
  const matches = task.metrics.map(
    ({ metric, ignore = {} }) => [metric, exactMatch(ignore)] as const,
  );
  return ({ target, choices }: AskedDocument, [{ filtered }]: readonly ScoredAnswer[]): Values => {
    if (typeof filtered !== "string") {
      const hint = "end the filters with takeFirst";
      throw refusals("evaluate", task.name).argument("filters", "one text", brief(filtered), hint);
    }
    const named = choices && typeof target === "number" ? choices[target] : target;
    const references = (Array.isArray(named) ? named : [named]).map(pythonStr);
    return Object.fromEntries(
      matches.map(([metric, match]) => [metric, match(filtered, references)]),
    );
  };
}
