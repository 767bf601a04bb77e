/**
 * Pairs of answers, judged.
 *
 *     for await (const judgement of judgePairs(gemma, pairs)) list.push(judgement);
 *     preference(countOutcomes(judgedPairs(list))); describeJudge(judgedPairs(list));
 *
 * @module
 */
import { assertInteger, assertOneOf } from "../../check.ts";
import { refusals } from "../../errors.ts";
import type { AnswerStore } from "../../evaluation/answers/answer-store.ts";
import type { Gemma } from "../../gemma.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { type Shown, type Verdict, winnerOf } from "../outcome.ts";
import { INSTRUCTION_NAMES, type InstructionOptions } from "../prompts/instructions.ts";
import { type Comparison, pairwisePrompt } from "../prompts/pairwise.ts";
import { asOneTurn, type JudgePrompt } from "../prompts/prompt.ts";
import {
  likeliestVerdict,
  VERDICT_ENDINGS,
  VERDICT_OPENING,
  type VerdictLogprobs,
} from "../verdicts/likeliest-verdict.ts";
import { parseVerdict, VERDICT_RULES, type VerdictRule } from "../verdicts/parse-verdict.ts";
import { judgeId, type RawAnswer, storedOr } from "./answers.ts";
import { inTurn } from "./in-turn.ts";
import { type Asking, type AskJudge, type Judge, Unjudgeable } from "./judge.ts";
import { assertText, judgeOf } from "./judge-of.ts";
import type { Judgement } from "./judgement.ts";
import {
  type AnswerPair,
  assertAnswerPairs,
  lengthsOf,
  ORDERS,
  type Orders,
  ordersOf,
  promptName,
} from "./pair.ts";

/** Options of {@link judgePairs}. */
export interface JudgePairsOptions extends InstructionOptions {
  /** Default `"both"`. */
  readonly orders?: Orders;
  /** Of shuffled orders. Default 0. */
  readonly seed?: number;
  /**
   * How the verdict is found: a rule of {@link parseVerdict}; or `"likelihood"`: the most probable of three, behind the
   * explanation. Default `"last"`.
   */
  readonly verdicts?: VerdictRule | "likelihood";
  /** The prompt of a comparison. Default: {@link pairwisePrompt}, with criteria, rubric and constitution. */
  readonly prompt?: (comparison: Comparison) => JudgePrompt;
  /** Questions under way at the same time; a Gemma answers them in passes that they share. Default 1. */
  readonly atOnce?: number;
  /** Answers that were given before are taken from here, and new ones are put there. Default: nothing is stored. */
  readonly store?: AnswerStore;
  /** Told after each judgement. */
  readonly onProgress?: (progress: JudgeProgress) => void;
  /** Stops it. Answers that were stored are kept. */
  readonly signal?: AbortSignal;
}

/** How far a run is, in judgements: an order of a pair is one. */
export interface JudgeProgress {
  /** Judgements so far. */
  readonly done: number;
  /** Judgements in all: two a pair, or one where orders are shuffled. */
  readonly total: number;
  /** Judgements without a verdict so far. */
  readonly errors: number;
}

const NAMES: OptionNames<JudgePairsOptions> = {
  ...INSTRUCTION_NAMES,
  orders: true,
  seed: true,
  verdicts: true,
  prompt: "function",
  atOnce: true,
  store: true,
  onProgress: "function",
  signal: true,
};

/**
 * Asks a judge about each pair, and gives its judgements in the order of the pairs.
 * @param given a Gemma, a function from prompt to text, or a {@link Judge}.
 * @throws {ArgumentError} if a pair or an option is invalid, before anything is asked.
 * @throws whatever the judge throws, but for {@link Unjudgeable}; what was stored until then is kept.
 */
export function judgePairs(
  given: Gemma | Judge | AskJudge,
  pairs: readonly AnswerPair[],
  options: JudgePairsOptions = {},
): AsyncGenerator<Judgement, void> {
  const op = "judgePairs";
  assertOptions(op, options, NAMES);
  const { orders = "both", seed = 0, verdicts = "last", atOnce = 1 } = options;
  assertOneOf(op, "orders", orders, ORDERS);
  assertOneOf(op, "verdicts", verdicts, [...VERDICT_RULES, "likelihood"]);
  assertInteger(op, "seed", seed, { from: 0, to: 2 ** 32 - 1 });
  assertInteger(op, "atOnce", atOnce, { from: 1 });
  assertAnswerPairs(op, pairs);
  const judge = judgeOf(op, given);
  if (verdicts === "likelihood" && !judge.endings) {
    const hint = 'a judge without probabilities is read: { verdicts: "last" }';
    throw refusals(op).argument(
      "judge",
      "a judge with endings(), such as a Gemma",
      "one without",
      hint,
    );
  }
  const questions = ordersOf(orders, pairs.length, seed).flatMap((of, i) =>
    of.map((shownFirst) => questionOf(op, pairs[i], i, shownFirst, options)),
  );
  return run(op, judge, questions, options);
}

/** A pair in one order. */
interface Question {
  readonly about: Omit<Judgement, "verdict" | "winner" | "text">;
  readonly prompt: JudgePrompt;
}

function questionOf(
  op: string,
  pair: AnswerPair,
  index: number,
  shownFirst: Shown,
  { criteria, rubric, constitution, prompt }: JudgePairsOptions,
): Question {
  const { id = String(index), question, answers, reference, better } = pair;
  const { models = ["model_1", "model_2"] } = pair;
  const [one, two] = answers;
  const ordered: Comparison["answers"] = shownFirst === "model_1" ? [one, two] : [two, one];
  const comparison = { question, answers: ordered, reference };
  const instructions = { criteria, rubric, constitution };
  return {
    about: {
      ...{ pair: id, models, shownFirst, prompt: promptName(op, question) },
      lengths: lengthsOf(op, pair),
      ...(better && { better }),
    },
    prompt: prompt ? prompt(comparison) : pairwisePrompt(comparison, instructions),
  };
}

async function* run(
  op: string,
  judge: Judge,
  questions: readonly Question[],
  options: JudgePairsOptions,
): AsyncGenerator<Judgement, void> {
  const id = options.store ? await judgeId(op, judge) : "";
  const ask = (question: Question) => judgeOne(judge, id, question, options);
  let [done, errors] = [0, 0];
  for await (const judgement of inTurn(questions, ask, options)) {
    done++;
    if (judgement.verdict === "error") errors++;
    options.onProgress?.({ done, total: questions.length, errors });
    yield judgement;
  }
}

async function judgeOne(
  judge: Judge,
  id: string,
  { about, prompt }: Question,
  { verdicts = "last", store, signal }: JudgePairsOptions,
): Promise<Judgement> {
  const isLikelihood = verdicts === "likelihood";
  const stop = isLikelihood ? VERDICT_OPENING : undefined;
  const asking: Asking = { ...prompt, signal, stop };
  const ask = async (): Promise<RawAnswer> => {
    const whole = await judge.ask(asOneTurn(prompt), asking);
    assertText("judgePairs", whole);
    if (!isLikelihood) return { text: whole };
    const text = whole.split(VERDICT_OPENING)[0].trimEnd();
    return { text, logprobs: await judge.endings?.(text, VERDICT_ENDINGS, asking) };
  };
  try {
    const what = { system: prompt.system, user: prompt.user, isLikelihood };
    const { text, logprobs } = await storedOr(store, id, what, ask);
    const found = logprobs && (logprobs as VerdictLogprobs);
    const verdict = found ? likeliestVerdict(found) : parseVerdict(text, verdicts as VerdictRule);
    return judgementOf(about, verdict, { text, ...(found && { logprobs: found }) });
  } catch (error) {
    if (!(error instanceof Unjudgeable)) throw error;
    return judgementOf(about, "error", { text: "", problem: error.message });
  }
}

function judgementOf(
  about: Question["about"],
  verdict: Verdict,
  said: Pick<Judgement, "text" | "logprobs" | "problem">,
): Judgement {
  return { ...about, verdict, winner: winnerOf(verdict, about.shownFirst), ...said };
}
