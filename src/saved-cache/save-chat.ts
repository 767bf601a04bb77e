/**
 * A conversation as a file: what save.ts writes of its cache, and beside it its messages and its settings.
 * @module
 */
import type { Handles } from "../backend/backend.ts";
import type { ChatState } from "../generation/chat.ts";
import type { KVCache } from "../model/kv-cache.ts";
import type { Model } from "../model/model.ts";
import { settingsToKeep } from "./chat-settings.ts";
import { saveCache } from "./save.ts";

/** @throws {UnsupportedError} if the backend does not read caches. */
export async function saveChat<Dev extends Handles>(
  model: Model<Dev>,
  cache: KVCache<Dev>,
  { settings, ...state }: ChatState,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const { contextLength } = cache;
  const chat = { ...state, contextLength, settings: settingsToKeep(settings) };
  return saveCache("Chat.save", model, cache, { signal }, JSON.stringify(chat));
}
