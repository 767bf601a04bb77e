/**
 * Messages of a row as turns of Gemma's: `assistant` is `model`, turns alternate, and a system's message, for which Gemma has no role, is
 * refused or put before what the user says first. A message that calls a tool is refused; a name, and what else stands beside role and content, is
 * left out, as a turn of Gemma's has no place for it.
 * @module
 */
import { brief } from "../../../brief.ts";
import type { Refusals } from "../../../errors.ts";
import { isObject } from "../../../source/json.ts";
import { GEMMA_CHAT, NO_TOOLS, roleHint, toolField } from "../../../tokenizer/chat-format.ts";
import type { TurnMessage } from "./row.ts";

/** What happens to a system's message. */
export type SystemMessages = "refuse" | "before-user";

/** Where a list of messages stands, and who begins and ends it. */
export interface TurnsPlace {
  readonly refuse: Refusals;
  /** The field: `messages`, `chosen`. */
  readonly field: string;
  readonly system: SystemMessages;
  readonly first: "user" | "model";
  /** Whose the last turn has to be; either's, where it is not said. */
  readonly last?: "user" | "model";
}

/** @throws {FormatError} unless `list` is turns that alternate, each with a text. */
export function turnsFrom(list: readonly unknown[], place: TurnsPlace): readonly TurnMessage[] {
  const { refuse, field, system, first, last } = place;
  if (list.length === 0) throw refuse.format(field, "one message at least", "an empty list");
  let instruction: string | undefined;
  const turns: TurnMessage[] = [];
  for (const [i, message] of list.entries()) {
    const at = `${field}[${i}]`;
    const { role: given, content } = fieldsOf(message, at, refuse);
    if (i === 0 && first === "user" && given === "system" && system === "before-user") {
      // Without text there is nothing to put before what the user says, not even an empty line.
      if (content.trim() !== "") instruction = content;
      continue;
    }
    const role = given === "assistant" ? "model" : given;
    const other = first === "user" ? "model" : "user";
    const expected = turns.length % 2 === 0 ? first : other;
    if (role !== expected) {
      throw refuse.format(`${at}.role`, `"${shown(expected)}"`, brief(given), hintFor(given));
    }
    const isFirst = turns.length === 0 && instruction !== undefined;
    turns.push({ role: expected, content: isFirst ? `${instruction}\n\n${content}` : content });
  }
  const end = turns.at(-1)?.role;
  if (!end) throw refuse.format(field, "a message of the user", "the system's alone");
  if (last && end !== last) {
    const expected = `a last message of the role "${shown(last)}"`;
    throw refuse.format(`${field}[${list.length - 1}].role`, expected, brief(shown(end)));
  }
  return turns;
}

function fieldsOf(
  message: unknown,
  at: string,
  refuse: Refusals,
): { role: unknown; content: string } {
  if (!isObject(message)) {
    throw refuse.format(at, "a message: {role, content}", brief(message));
  }
  const call = toolField(message);
  if (call) throw refuse.format(`${at}.${call}`, "no tools", brief(message[call]), NO_TOOLS);
  const { role, content } = message;
  if (typeof content === "string") return { role, content };
  const isParts = Array.isArray(content);
  const hint = isParts ? "Gemma reads nothing but text: join the texts of the parts" : undefined;
  throw refuse.format(`${at}.content`, "a string", brief(content), hint);
}

/** Files of the field say "assistant". */
const shown = (role: "user" | "model") => (role === "model" ? "assistant" : role);

function hintFor(role: unknown): string | undefined {
  if (role === "system")
    return 'system: "before-user" puts it before the first message of the user';
  return role === "assistant" ? "turns alternate" : roleHint(role, GEMMA_CHAT);
}
