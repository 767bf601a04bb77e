/**
 * Files of prompts: what a model is asked, a row each.
 * @module
 */
import { refusals } from "../../errors.ts";
import { fileSource } from "../../node/file-source.ts";
import type { PromptRow } from "../../preference/rollout/prompts.ts";
import type { ChatMessage } from "../../tokenizer/chat-format.ts";
import type { TextOrTurns } from "../../training/data/rows/row.ts";
import { openRows } from "../../training/data/rows/row-file.ts";
import type { TuningMessage } from "../../tuning/conversation.ts";
import type { Read } from "../training/data.ts";

/**
 * The prompts of a file of TRL's rows: `{"prompt"}`, whatever answers stand beside it, or `{"messages"}`, of which the answer that
 * ends them is left out.
 */
export async function readPrompts(path: string, signal: AbortSignal): Promise<Read<PromptRow[]>> {
  const source = await fileSource(path);
  try {
    const rows = openRows(source, { signal });
    const data: PromptRow[] = [];
    for await (const row of rows) {
      if (row.kind === "text") {
        const hint = 'a question is {"prompt": …}';
        throw refusals("rlhf", row.where).format(undefined, "a prompt", "a text", hint);
      }
      data.push({ prompt: row.kind === "messages" ? question(row.messages) : turns(row.prompt) });
    }
    if (data.length > 0) return { data, sha256: rows.file?.sha256 ?? "" };
    const expected = "a row at least";
    throw refusals("rlhf", path).format(undefined, expected, "no rows", "a JSON object a line");
  } finally {
    await source.close?.();
  }
}

/** As `encodeChat` takes them: Gemma's name of the role is "model". */
export function chatOf(messages: readonly TuningMessage[]): ChatMessage[] {
  return messages.map(({ role, content }) => ({
    role: role === "assistant" ? "model" : role,
    content,
  }));
}

/** The text of what the user asked last. */
export function questionOf(messages: readonly TuningMessage[]): string {
  return messages.at(-1)?.content ?? "";
}

/** The messages of a row of prompts. */
export function messagesOf(row: PromptRow): readonly TuningMessage[] {
  if ("prompt" in row) return row.prompt;
  return "messages" in row ? row.messages : row;
}

const turns = (prompt: TextOrTurns): readonly TuningMessage[] =>
  typeof prompt === "string" ? [{ role: "user", content: prompt }] : prompt;

function question(messages: readonly TuningMessage[]): readonly TuningMessage[] {
  const last = messages.findLastIndex(({ role }) => role === "user");
  return messages.slice(0, last + 1);
}
