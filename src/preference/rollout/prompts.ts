/**
 * Prompts to be answered: conversations that end with the user's turn, as the ids that ask for the model's.
 * @module
 */
import { brief } from "../../brief.ts";
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import {
  CONVERSATION_NAMES,
  type ConversationOptions,
  conversation,
  type TuningMessage,
} from "../../tuning/conversation.ts";
import { eachRow } from "../../tuning/each-row.ts";

/**
 * One prompt: messages, `{ prompt }`, or `{ messages }`, each up to the user's last turn. What else a row has is left alone, so
 * pairs of answers give their prompts.
 */
export type PromptRow =
  | readonly TuningMessage[]
  | { readonly prompt: readonly TuningMessage[] }
  | { readonly messages: readonly TuningMessage[] };

/** How prompts are read. */
export type PromptOptions = Omit<ConversationOptions, "trainOn" | "eosTokenId">;

const { trainOn: _, eosTokenId: __, ...NAMES } = CONVERSATION_NAMES;

/** Names of the options of prompts. */
export const PROMPT_NAMES: OptionNames<PromptOptions> = NAMES;

/** A prompt, read. */
export interface AskedPrompt {
  /** The conversation. */
  readonly messages: readonly TuningMessage[];
  /** [T] what the model is asked with, BOS first. */
  readonly ids: Int32Array;
}

/**
 * The prompts of `rows`. Deterministic.
 * @param op the call that errors name.
 * @throws {ArgumentError} if a row is no prompt: it says which.
 * @throws {UnsupportedError} if the vocabulary has no markers of turns.
 */
export function askedPrompts(
  rows: readonly PromptRow[],
  tokenizer: Tokenizer,
  options: PromptOptions = {},
  op = "askedPrompts",
): AskedPrompt[] {
  assertOptions(op, options, PROMPT_NAMES);
  const prompts = eachRow({ op, argument: "prompts", what: "prompts" }, rows, (row) => {
    const messages = messagesOf(row);
    const answered = [...messages, { role: "model", content: "" } as const];
    const { ids, promptLength } = conversation(answered, tokenizer, options);
    return { messages, ids: ids.slice(0, promptLength) };
  });
  if (prompts.length > 0) return prompts;
  throw refusals(op).argument("prompts", "a list of one at least", "an empty list");
}

function messagesOf(row: PromptRow): readonly TuningMessage[] {
  const refuse = refusals("askedPrompts").argument;
  const { prompt, messages }: { readonly prompt?: unknown; readonly messages?: unknown } =
    Array.isArray(row) ? { messages: row } : Object(row);
  const found = prompt ?? messages;
  if (!Array.isArray(found)) {
    const hint =
      typeof found === "string" ? 'a text is [{ role: "user", content: text }]' : undefined;
    const expected = "messages, { prompt } or { messages }";
    throw refuse(undefined, expected, brief(typeof found === "string" ? found : row), hint);
  }
  const last = (found as TuningMessage[]).at(-1);
  if (last?.role === "user") return found as TuningMessage[];
  const got = last === undefined ? "no message" : `a message of ${brief(last?.role)}`;
  const hint = "an answer is for the model to find: leave it out";
  throw refuse(prompt ? "prompt" : "messages", "a last message of the user", got, hint);
}
