/**
 * The option `promptLookup`: what it is, and what is wrong with it.
 * @module
 */
import { brief } from "../../brief.ts";
import { assertInteger } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";

/** How drafts are looked up. */
export interface PromptLookup {
  /** Most tokens of a draft. Default 31. */
  readonly tokens?: number;
  /** Tokens that have to be found again for a draft to be made of what followed them. Default 3. */
  readonly ngram?: number;
}

const NAMES: OptionNames<PromptLookup> = { tokens: true, ngram: true };

/** How an answer is drafted. */
export interface PromptLookupOptions {
  /**
   * Prompt-lookup decoding (Saxena 2023): where the last tokens have stood before, in the prompt or in the answer, those that
   * followed are a draft of what comes next, which one pass checks as a whole. The answer is the same, token by token,
   * drawn or greedy; where it repeats its prompt, as a summary, a correction or code does, it comes several times as fast. Not
   * with hooks, which see each token by itself. Default: false.
   */
  readonly promptLookup?: boolean | PromptLookup;
}

export const PROMPT_LOOKUP_NAMES: OptionNames<PromptLookupOptions> = { promptLookup: true };

/** @throws {ArgumentError} if the option is of another kind or out of range. */
export function assertPromptLookup(op: string, { promptLookup }: PromptLookupOptions): void {
  if (promptLookup === undefined || typeof promptLookup === "boolean") return;
  if (typeof promptLookup !== "object" || promptLookup === null) {
    const hint = typeof promptLookup === "number" ? `write { tokens: ${promptLookup} }` : undefined;
    const expected = "true, or { tokens, ngram }";
    throw refusals(op).argument("promptLookup", expected, brief(promptLookup), hint);
  }
  assertOptions(`${op}: promptLookup`, promptLookup, NAMES);
  const { tokens = 1, ngram = 1 } = promptLookup;
  assertInteger(op, "promptLookup.tokens", tokens, { from: 1, to: 255 });
  assertInteger(op, "promptLookup.ngram", ngram, { from: 1, to: 255 });
}

/** What the option says, with its defaults; undefined where it is off. */
export function lookupOf({
  promptLookup,
}: PromptLookupOptions): Required<PromptLookup> | undefined {
  if (!promptLookup) return undefined;
  const { tokens = 31, ngram = 3 } = promptLookup === true ? {} : promptLookup;
  return { tokens, ngram };
}
