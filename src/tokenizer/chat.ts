/**
 * Gemma's turn format, in which the instruction-tuned models were trained and must be prompted.
 * Gemma Team 2024, arXiv:2403.08295, Tables 3 and 4:
 *
 *     <start_of_turn>user⏎
 *     Knock knock.<end_of_turn>⏎
 *     <start_of_turn>model⏎
 *     Who's there?<end_of_turn>⏎
 *
 * `<bos>` stands once, before everything; it is no text and is added with the ids. Contents are taken
 * to the letter, as in Google's own code (Hugging Face's template trims them).
 * @module
 */
import { brief } from "../brief.ts";
import { ArgumentError, UnsupportedError } from "../errors.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** One turn. There is no system role: Gemma was trained without one. */
export interface ChatMessage {
  readonly role: "user" | "model";
  readonly content: string;
  /**
   * A model's answer in the tokens that were generated, which then stand in for `content`: encoding
   * its text again may give others, and what a cache holds of it would be lost.
   */
  readonly ids?: readonly number[];
}

export interface ChatFormatOptions {
  /**
   * Whether `<start_of_turn>` and `<end_of_turn>` inside a content are those tokens. By default they
   * are mere text, so that nobody can end a turn, or speak as the model, from within a message.
   */
  readonly allowTurnMarkers?: boolean;
}

const START = "<start_of_turn>";
const END = "<end_of_turn>";
/** Behind the first character of a marker: cut here, the text is none. */
const WITHIN_MARKER = new RegExp(`(?<=<)(?=${START.slice(1)}|${END.slice(1)})`);

/**
 * The prompt for the model's next turn as text: all `messages`, and the opening of the model's answer.
 * For a model, {@link chatIds} is the safe way: here a marker inside a message reads like any other.
 * @throws {ArgumentError} unless the turns alternate, from the user's to the user's.
 */
export function chatPrompt(messages: readonly ChatMessage[]): string {
  assertTurns("chatPrompt", messages);
  const turns = messages.map(({ role, content }) => `${START}${role}\n${content}${END}\n`);
  return `${turns.join("")}${START}model\n`;
}

/**
 * The ids of {@link chatPrompt}, without BOS. What stands between two markers is encoded as a whole,
 * so a content that begins with a newline may share a token with the one before it; only around
 * answers that come with their ids, and within markers that are mere text, is it cut.
 * @throws {ArgumentError} unless the turns alternate, from the user's to the user's.
 * @throws {UnsupportedError} if the vocabulary has no turn markers.
 */
export function chatIds(
  tokenizer: Tokenizer,
  messages: readonly ChatMessage[],
  { allowTurnMarkers = false }: ChatFormatOptions = {},
): number[] {
  assertTurns("chatIds", messages);
  const { startOfTurnId, endOfTurnId } = markers(tokenizer);
  const ids: number[] = [];
  const push = (more: readonly number[]) => {
    for (const id of more) ids.push(id);
  };
  for (const { role, content, ids: generated } of messages) {
    ids.push(startOfTurnId);
    const text = `${role}\n${generated ? "" : content}`;
    const parts = allowTurnMarkers ? [text] : text.split(WITHIN_MARKER);
    for (const part of parts) push(tokenizer.encode(part));
    push(generated ?? []);
    ids.push(endOfTurnId);
    push(tokenizer.encode("\n"));
  }
  ids.push(startOfTurnId);
  push(tokenizer.encode("model\n"));
  return ids;
}

function markers(tokenizer: Tokenizer): { startOfTurnId: number; endOfTurnId: number } {
  const { startOfTurnId, endOfTurnId } = tokenizer;
  if (startOfTurnId !== undefined && endOfTurnId !== undefined) {
    return { startOfTurnId, endOfTurnId };
  }
  throw new UnsupportedError({
    op: "chatIds",
    argument: "tokenizer",
    expected: `a vocabulary with ${START} and ${END}`,
    got: "one without",
    hint: "a chat needs an instruction-tuned Gemma; generate() continues any text",
  });
}

/** @throws {ArgumentError} unless they are messages at all, whatever they say. */
export function assertMessages(op: string, messages: readonly ChatMessage[]): void {
  const refuse = (argument: string, expected: string, got: unknown) =>
    new ArgumentError({ op, argument, expected, got: got === null ? "null" : typeof got });
  if (!Array.isArray(messages)) throw refuse("messages", "a list of messages", messages);
  const other = messages.findIndex((message) => typeof message !== "object" || message === null);
  if (other < 0) return;
  throw refuse(`messages[${other}]`, "a message {role, content}", messages[other]);
}

function assertTurns(op: string, messages: readonly ChatMessage[]): void {
  assertMessages(op, messages);
  messages.forEach(({ role, content, ids }, i) => {
    const refuse = (field: string, expected: string, got: string, hint?: string) =>
      new ArgumentError({ op, argument: `messages[${i}].${field}`, expected, got, hint });
    const expected = i % 2 === 0 ? "user" : "model";
    if (role !== expected) throw refuse("role", `"${expected}"`, brief(role), hintFor(role));
    if (typeof content !== "string") throw refuse("content", "a string", typeof content);
    if (!ids) return;
    if (role === "user") throw refuse("ids", "none, for a message of the user", "some");
    if (typeof ids !== "object" || !(Symbol.iterator in ids)) {
      throw refuse("ids", "a list of token ids", typeof ids);
    }
  });
  if (messages.length % 2 === 1) return;
  throw new ArgumentError({
    op,
    argument: "messages",
    expected: "a last message of the user",
    got: messages.length === 0 ? "no message" : "one of the model",
  });
}

function hintFor(role: string): string {
  if (role === "system") {
    return "Gemma has no system role: put the instruction at the start of the first user message";
  }
  if (role === "assistant") return 'Gemma\'s name for that role is "model"';
  return "turns alternate, user first";
}
