/**
 * Gemma's turn format, in which the instruction-tuned models were trained and must be prompted.
 * Gemma Team 2024, arXiv:2403.08295, Tables 3 and 4:
 *
 *     <start_of_turn>user⏎
 *     Knock knock.<end_of_turn>⏎
 *     <start_of_turn>model⏎
 *     Who's there?<end_of_turn>⏎
 *
 * `<bos>` stands once, before everything; it is not part of the text and is added to the ids. Contents
 * are taken to the letter, as in Google's own code (Hugging Face's template trims them).
 * @module
 */
import { brief } from "../brief.ts";
import { assertIdsBelow, isList } from "../check.ts";
import { refusals } from "../errors.ts";
import { assertNames, assertOptions, type OptionNames } from "../options.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** One turn. There is no system role: Gemma was trained without one. */
export interface ChatMessage {
  readonly role: "user" | "model";
  readonly content: string;
  /**
   * A model's answer as the tokens that were generated; they take the place of `content`. Encoding the
   * text again may give other tokens, and the cache could not be used for them.
   */
  readonly ids?: readonly number[];
}

const MESSAGE_NAMES: OptionNames<ChatMessage> = { role: true, content: true, ids: true };

/** Options of {@link chatIds}. */
export interface ChatFormatOptions {
  /**
   * Whether `<start_of_turn>` and `<end_of_turn>` inside a content are those tokens. By default they
   * are mere text, so that a message cannot end its turn or speak as the model.
   */
  readonly allowTurnMarkers?: boolean;
}

export const CHAT_FORMAT_NAMES: OptionNames<ChatFormatOptions> = { allowTurnMarkers: true };

const START = "<start_of_turn>";
const END = "<end_of_turn>";
/** Right after the `<` of a marker: a text cut here contains no marker. */
const WITHIN_MARKER = new RegExp(`(?<=<)(?=${START.slice(1)}|${END.slice(1)})`);

/**
 * The prompt for the model's next turn as text: all `messages`, and the opening of the model's answer.
 * Feed a model with {@link chatIds}: in this text, a marker inside a message looks like a real one.
 * @throws {ArgumentError} unless the turns alternate, from the user's to the user's.
 */
export function chatPrompt(messages: readonly ChatMessage[]): string {
  assertTurns("chatPrompt", messages);
  const turns = messages.map(({ role, content }) => `${START}${role}\n${content}${END}\n`);
  return `${turns.join("")}${START}model\n`;
}

/**
 * The ids of {@link chatPrompt}, without BOS. The text between two markers is encoded as a whole, so a
 * content that begins with a newline may share a token with the newline before it. The text is cut only
 * at answers that come with their ids, and within markers that are mere text.
 * @throws {ArgumentError} unless the turns alternate, from the user's to the user's.
 * @throws {UnsupportedError} if the vocabulary has no turn markers.
 */
export function chatIds(
  tokenizer: Tokenizer,
  messages: readonly ChatMessage[],
  options: ChatFormatOptions = {},
): number[] {
  assertOptions("chatIds", options, CHAT_FORMAT_NAMES);
  const { allowTurnMarkers = false } = options;
  assertTurns("chatIds", messages);
  messages.forEach(({ ids }, i) => {
    if (ids) assertIdsBelow("chatIds", ids, tokenizer.vocabSize, `messages[${i}].ids`);
  });
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
  const hint = "a chat needs an instruction-tuned Gemma; generate() continues any text";
  const expected = `a vocabulary with ${START} and ${END}`;
  throw refusals("chatIds").unsupported("tokenizer", expected, "a vocabulary without them", hint);
}

/** @throws {ArgumentError} unless `messages` is a list of objects; their fields are not looked at. */
export function assertMessages(op: string, messages: readonly ChatMessage[]): void {
  const { argument: refuse } = refusals(op);
  if (!Array.isArray(messages)) throw refuse("messages", "a list of messages", brief(messages));
  const other = messages.findIndex((message) => typeof message !== "object" || message === null);
  if (other < 0) return;
  throw refuse(`messages[${other}]`, "a message {role, content}", brief(messages[other]));
}

function assertTurns(op: string, messages: readonly ChatMessage[]): void {
  assertMessages(op, messages);
  const refusing = refusals(op);
  const { argument: refuse } = refusing;
  messages.forEach((message, i) => {
    const { role, content, ids } = message;
    const at = `messages[${i}]`;
    const turn = i % 2 === 0 ? "user" : "model";
    if (role !== turn) throw refuse(`${at}.role`, `"${turn}"`, brief(role), roleHint(role));
    assertNames(refusing, message, MESSAGE_NAMES, "a field of a message", `${at}.`);
    if (typeof content !== "string") {
      const parts = "Gemma reads nothing but text: join the texts of the parts";
      const hint = Array.isArray(content) ? parts : undefined;
      throw refuse(`${at}.content`, "a string", brief(content), hint);
    }
    if (ids === undefined || ids === null) return;
    if (role === "user") throw refuse(`${at}.ids`, "ids for answers of the model only", brief(ids));
    if (Array.isArray(ids) || (ArrayBuffer.isView(ids) && isList(ids))) return;
    throw refuse(`${at}.ids`, "a list of token ids", brief(ids));
  });
  if (messages.length % 2 === 1) return;
  const got = messages.length === 0 ? "no message" : "a message of the model";
  throw refuse("messages", "a last message of the user", got);
}

/** What to say about a role that is not the one whose turn it is. */
export function roleHint(role: unknown): string {
  if (role === "system" || role === "developer") {
    return "Gemma has no system role: put the instruction at the start of the first user message";
  }
  if (role === "assistant") return 'Gemma\'s name for that role is "model"';
  if (role === "tool" || role === "function") {
    return "Gemma 1 knows no tools: tell it a result in the user's words";
  }
  return "turns alternate, user first";
}
