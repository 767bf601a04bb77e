/**
 * Whatever may judge: Gemma, another model behind a server, a person at a keyboard, a rule.
 * @module
 */
import type { JudgePrompt } from "../prompts/prompt.ts";
import type { VerdictLogprobs } from "../verdicts/likeliest-verdict.ts";

/** What a judge is told beside the prompt. */
export interface Asking extends JudgePrompt {
  /** Aborted when nobody wants the answer any more. */
  readonly signal?: AbortSignal;
  /** A text in front of which the answer may end. Default: none. */
  readonly stop?: string;
}

/**
 * The judge's whole answer to a prompt: its explanation and its verdict.
 * @param prompt one text, instructions first; `asking` has the parts, for models with a system role.
 */
export type AskJudge = (prompt: string, asking: Asking) => string | Promise<string>;

/** A judge; a bare function is one, too. */
export interface Judge {
  /** Answers a prompt. */
  readonly ask: AskJudge;
  /**
   * Names model and settings: answers that were stored are found by it. Without it nothing can be stored.
   */
  readonly id?: string | (() => Promise<string>);
  /**
   * log p of each of `endings` behind the beginning of an answer. A judge that has no probabilities has no such method.
   */
  endings?(
    begun: string,
    endings: readonly string[],
    asking: Asking,
  ): Promise<VerdictLogprobs | readonly number[]>;
}

/** A prompt that the judge cannot take, such as one that is too long: it is an error of that pair, and the others go on. */
export class Unjudgeable extends Error {
  override readonly name: string = "Unjudgeable";
}
