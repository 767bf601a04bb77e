/**
 * Prompts: description, shots and question, as one text or as turns of a chat (`ConfigurableTask.fewshot_context` of the harness).
 * @module
 */

import { SPACE } from "../../python/text.ts";
import { type ChatFormat, type ChatMessage, chatPrompt } from "../../tokenizer/chat-format.ts";

/** A part of a prompt. */
export interface PromptPart {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
  /** What stands behind it in plain text; turns of a chat do without. */
  readonly delimiter: string;
}

/** How a chat is written. */
export interface ChatStyle {
  readonly format: ChatFormat;
  /** Whether each shot is a turn of its own; or all stand in the first turn, as text. */
  readonly shotsAsTurns: boolean;
}

const BOS = "<bos>";
const STARTS_WITH_SPACE = new RegExp(`^[${SPACE}]`);
const ENDS_WITH_SPACE = new RegExp(`[${SPACE}]$`);

/** Both texts, with the delimiter between them unless one has white space there. */
export function delimited(first: string, second: string, delimiter: string): string {
  if (first === "" || second === "") return first + second;
  const hasSpace = ENDS_WITH_SPACE.test(first) || STARTS_WITH_SPACE.test(second);
  return first + (hasSpace ? "" : delimiter) + second;
}

export function endsWithSpace(text: string): boolean {
  return ENDS_WITH_SPACE.test(text);
}

/** One question, with its answer or without. */
export function questionParts({
  question,
  answer = "",
  prefix = "",
  delimiter,
  separator,
}: {
  readonly question: string;
  readonly answer?: string | undefined;
  readonly prefix?: string | undefined;
  readonly delimiter: string;
  readonly separator: string;
}): PromptPart[] {
  const joins = prefix !== "" ? question !== "" && !isJoined(question, prefix) : answer !== "";
  const user: PromptPart = { role: "user", content: question, delimiter: joins ? delimiter : "" };
  if (answer !== "") {
    return [
      user,
      { role: "assistant", content: delimited(prefix, answer, " "), delimiter: separator },
    ];
  }
  return prefix === "" ? [user] : [user, { role: "assistant", content: prefix, delimiter: "" }];
}

function isJoined(first: string, second: string): boolean {
  return ENDS_WITH_SPACE.test(first) || STARTS_WITH_SPACE.test(second);
}

/** The prompt as one text; BOS is added when it is encoded. */
export function plainPrompt(parts: readonly PromptPart[]): string {
  return parts.map(({ content, delimiter }) => content + delimiter).join("");
}

/**
 * The prompt as a chat, up to where the model's answer begins. It begins with the text "<bos>", if the format does, as the
 * templates of chat models write it; there is no second one. Gemma has no system role: such a part is put before the first
 * question, where the harness ends with its template's error.
 */
export function chatPromptOf(parts: readonly PromptPart[], style: ChatStyle): string {
  const { format, shotsAsTurns } = style;
  const turns = shotsAsTurns ? parts : inOneTurn(parts);
  const last = turns[turns.length - 1];
  const given = last.role === "assistant" ? last.content.trim() : "";
  const asked = last.role === "assistant" ? turns.slice(0, -1) : turns;
  const prompt = chatPrompt(messagesOf(asked, format), { format });
  return (format.bos ? BOS : "") + prompt + given;
}

/** All questions and answers in one turn of the user. */
function inOneTurn(parts: readonly PromptPart[]): PromptPart[] {
  const system = parts.filter(({ role }) => role === "system");
  const rest = parts.slice(system.length);
  const last = rest[rest.length - 1];
  const given = last.role === "assistant" ? [last] : [];
  const asked = given.length > 0 ? rest.slice(0, -1) : rest;
  const end = asked.length - 1;
  const text = plainPrompt(asked.map((part, i) => (i === end ? { ...part, delimiter: "" } : part)));
  return [...system, { role: "user", content: text, delimiter: "" }, ...given];
}

function messagesOf(parts: readonly PromptPart[], format: ChatFormat): ChatMessage[] {
  const [first, ...rest] = parts;
  const isForeign = first.role === "system" && format.roles.system === undefined;
  const all = isForeign
    ? [{ ...rest[0], content: delimited(first.content, rest[0].content, "\n\n") }, ...rest.slice(1)]
    : parts;
  return all.map(({ role, content }) => ({ role: role === "assistant" ? "model" : role, content }));
}
