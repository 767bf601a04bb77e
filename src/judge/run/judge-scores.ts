/**
 * Answers graded one by one, from 1 to 10.
 * @module
 */
import { brief } from "../../brief.ts";
import { assertInteger } from "../../check.ts";
import { refusals } from "../../errors.ts";
import type { AnswerStore } from "../../evaluation/answers/answer-store.ts";
import type { Gemma } from "../../gemma.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { INSTRUCTION_NAMES, type InstructionOptions } from "../prompts/instructions.ts";
import { asOneTurn, type JudgePrompt } from "../prompts/prompt.ts";
import { type Graded, SCORE_RANGE, singlePrompt } from "../prompts/single.ts";
import { parseScore } from "../verdicts/parse-score.ts";
import { judgeId, storedOr } from "./answers.ts";
import { inTurn } from "./in-turn.ts";
import { type AskJudge, type Judge, Unjudgeable } from "./judge.ts";
import { assertText, judgeOf } from "./judge-of.ts";

/** Options of {@link judgeScores}. */
export interface JudgeScoresOptions extends InstructionOptions {
  /** Questions under way at the same time. Default 1. */
  readonly atOnce?: number;
  /** Answers that were given before are taken from here, and new ones are put there. Default: nothing is stored. */
  readonly store?: AnswerStore;
  /** Stops it. Answers that were stored are kept. */
  readonly signal?: AbortSignal;
}

const NAMES: OptionNames<JudgeScoresOptions> = {
  ...INSTRUCTION_NAMES,
  atOnce: true,
  store: true,
  signal: true,
};

/** A grade. */
export interface ScoreJudgement {
  /** Place of the answer in the list. */
  readonly index: number;
  /** Null where the judge gave none, or one out of its range: to be counted, and left out of a mean. */
  readonly score: number | null;
  /** What the judge wrote. */
  readonly text: string;
  /** Why the judge could not be asked. */
  readonly problem?: string;
}

/**
 * Asks a judge for a grade of each answer, and gives them in order.
 * @throws {ArgumentError} if an answer or an option is invalid, before anything is asked.
 */
export function judgeScores(
  given: Gemma | Judge | AskJudge,
  answers: readonly Graded[],
  options: JudgeScoresOptions = {},
): AsyncGenerator<ScoreJudgement, void> {
  const op = "judgeScores";
  assertOptions(op, options, NAMES);
  const { atOnce = 1, store, signal, ...instructions } = options;
  assertInteger(op, "atOnce", atOnce, { from: 1 });
  if (!Array.isArray(answers)) {
    throw refusals(op).argument("answers", "a list of answers", brief(answers));
  }
  const judge = judgeOf(op, given);
  const questions = answers.map((answer, index) => {
    return { index, prompt: singlePrompt(answer, instructions) };
  });
  let id: Promise<string> | undefined;
  const grade = async ({ index, prompt }: { index: number; prompt: JudgePrompt }) => {
    if (store) id ??= judgeId(op, judge);
    try {
      const { text } = await storedOr(store, (await id) ?? "", { ...prompt }, async () => {
        const whole = await judge.ask(asOneTurn(prompt), { ...prompt, signal });
        assertText(op, whole);
        return { text: whole };
      });
      const score = parseScore(text);
      const [from, to] = SCORE_RANGE;
      const isOne = score !== undefined && score >= from && score <= to;
      return { index, score: isOne ? score : null, text };
    } catch (error) {
      if (!(error instanceof Unjudgeable)) throw error;
      return { index, score: null, text: "", problem: error.message };
    }
  };
  return inTurn(questions, grade, { atOnce, signal });
}
