/**
 * A conversation from a file that `chat.save()` gave: its messages beside its cache.
 * @module
 */
import type { Handles } from "../backend/backend.ts";
import { brief } from "../brief.ts";
import { refusals } from "../errors.ts";
import type { KVCache } from "../model/kv-cache.ts";
import type { Model } from "../model/model.ts";
import { assertMessages, type ChatMessage } from "../tokenizer/chat-format.ts";
import { type RestoreCacheOptions, restoreCache, type SavedCache } from "./restore.ts";

/** What a chat goes on from. */
export interface ResumedChat<Dev extends Handles> {
  readonly messages: readonly ChatMessage[];
  readonly resumed: { readonly cache: KVCache<Dev>; readonly asked: number };
}

/** @throws as {@link restoreCache}; {FormatError} if the file has no conversation. */
export async function resumeChat<Dev extends Handles>(
  op: string,
  model: Model<Dev>,
  saved: SavedCache,
  { contextLength, signal }: RestoreCacheOptions,
): Promise<ResumedChat<Dev>> {
  const { cache, chat } = await restoreCache(op, model, saved, { contextLength, signal });
  try {
    if (chat === undefined) {
      const hint = "gemma.restoreCache makes a cache of it";
      const expected = "a conversation, saved by chat.save()";
      throw refusals(op).format("chat", expected, "a cache alone", hint);
    }
    const { messages, asked } = parsed(op, chat);
    return { messages, resumed: { cache, asked } };
  } catch (error) {
    cache.dispose();
    throw error;
  }
}

function parsed(op: string, json: string): { messages: readonly ChatMessage[]; asked: number } {
  try {
    const { messages, asked } = Object(JSON.parse(json));
    assertMessages(op, messages);
    if (Number.isInteger(asked) && asked >= 0) return { messages, asked };
  } catch {
    // said below
  }
  const expected = "the messages of a conversation";
  throw refusals(op).format("chat", expected, brief(json), "the file is damaged: save it again");
}
