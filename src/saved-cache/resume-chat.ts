/**
 * A conversation from a file that `chat.save()` gave: its messages and its settings beside its cache.
 * @module
 */
import type { Handles } from "../backend/backend.ts";
import { brief } from "../brief.ts";
import { refusals } from "../errors.ts";
import type { ChatOptions } from "../generation/chat.ts";
import type { KVCache } from "../model/kv-cache.ts";
import type { Model } from "../model/model.ts";
import { assertMessages } from "../tokenizer/chat-format.ts";
import { settingsToResume } from "./chat-settings.ts";
import { restoreCache, type SavedCache } from "./restore.ts";

/** What a chat goes on from. */
export interface ResumedChat<Dev extends Handles> {
  /** With its messages. */
  readonly options: ChatOptions;
  readonly resumed: { readonly cache: KVCache<Dev>; readonly asked: number };
}

/**
 * @param given what takes the place of the file's settings.
 * @throws as {@link restoreCache}; {FormatError} if the file has no conversation.
 */
export async function resumeChat<Dev extends Handles>(
  op: string,
  model: Model<Dev>,
  saved: SavedCache,
  given: ChatOptions,
): Promise<ResumedChat<Dev>> {
  const { contextLength, ...rest } = given;
  const { signal } = rest;
  const { cache, chat } = await restoreCache(op, model, saved, { contextLength, signal });
  try {
    if (chat === undefined) {
      const hint = "gemma.restoreCache makes a cache of it";
      const expected = "a conversation, saved by chat.save()";
      throw refusals(op).format("chat", expected, "a cache alone", hint);
    }
    const { messages, asked, settings } = parsed(op, chat);
    const options = { ...settingsToResume(op, settings, rest), messages };
    return { options, resumed: { cache, asked } };
  } catch (error) {
    cache.dispose();
    throw error;
  }
}

function parsed(op: string, json: string) {
  try {
    const { messages, asked, settings } = Object(JSON.parse(json));
    assertMessages(op, messages);
    if (Number.isInteger(asked) && asked >= 0)
      return { messages, asked, settings: Object(settings) };
  } catch {
    // said below
  }
  const expected = "the messages of a conversation";
  throw refusals(op).format("chat", expected, brief(json), "the file is damaged: save it again");
}
