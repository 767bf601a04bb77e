/** The messages of a chat, from OpenAI's form to the library's. @module */
import { brief } from "../../../brief.ts";
import type { ChatMessage } from "../../../tokenizer/chat-format.ts";
import type { Fields } from "./fields.ts";

/** Takes `messages`. Whether the roles take turns is checked where they are written down, by the model's own format. */
export function takeMessages(fields: Fields): readonly ChatMessage[] {
  const { refuse } = fields;
  const given = fields.take("messages");
  if (!Array.isArray(given) || given.length === 0) {
    const got = given === undefined ? "nothing" : brief(given);
    throw refuse.argument("messages", "a list of messages {role, content}", got);
  }
  return given.map((message: unknown, i) => {
    const at = `messages[${i}]`;
    if (typeof message !== "object" || message === null) {
      throw refuse.argument(at, "a message {role, content}", brief(message));
    }
    const { role, content, ...more } = message as Readonly<Record<string, unknown>>;
    for (const [name, value] of Object.entries(more)) {
      // Answers of OpenAI's form, sent back, have fields that say nothing.
      if (value === null || (Array.isArray(value) && value.length === 0)) continue;
      const hint = "a message is a role and a text";
      throw refuse.argument(`${at}.${name}`, "nothing", brief(value), hint);
    }
    if (typeof role !== "string") throw refuse.argument(`${at}.role`, "a text", brief(role));
    const text = textOf(content);
    if (text === undefined) {
      const hint = "Gemma reads nothing but text";
      const expected = 'a text, or parts {type: "text", text}';
      throw refuse.argument(`${at}.content`, expected, brief(content), hint);
    }
    return { role: (role === "assistant" ? "model" : role) as ChatMessage["role"], content: text };
  });
}

function textOf(content: unknown): string | undefined {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return undefined;
  const texts = content.map((part: unknown) => {
    const { type, text } = Object(part) as { readonly type?: unknown; readonly text?: unknown };
    return type === "text" && typeof text === "string" ? text : undefined;
  });
  return texts.includes(undefined) ? undefined : texts.join("");
}
