/**
 * What every pass asks of the token ids it is given, before anything is computed.
 * @module
 */
import { brief } from "../brief.ts";
import { assertIdsBelow, isList, isTensor, listHint } from "../check.ts";
import type { GemmaConfig } from "../config.ts";
import { refusals } from "../errors.ts";
import type { KVCache } from "./kv-cache.ts";

const NO_IDS = "an empty prompt still has its BOS";

/**
 * Refuses what is neither a text nor a list of ids, and says what a caller from another library probably wants.
 * Ids themselves are left to {@link assertIds}.
 * @throws {ArgumentError} if it is something else.
 */
export function assertPrompt(
  op: string,
  prompt: string | ArrayLike<number>,
  argument = "prompt",
): void {
  if (typeof prompt === "string") return;
  const hint = promptHint(op, prompt);
  if (hint === undefined && isList(prompt)) return;
  const expected = "a text or a list of token ids";
  throw refusals(op).argument(argument, expected, brief(prompt), hint ?? listHint(prompt));
}

/** Whether it is a list of texts or of lists of ids, with at least one: not the ids of one prompt. */
export function isPrompts<T>(value: unknown): value is readonly T[] {
  if (!Array.isArray(value)) return false;
  const [first] = value as readonly unknown[];
  return typeof first === "string" || isList(first);
}

/** @throws {ArgumentError} unless `prompts` are a list. */
export function assertPrompts(op: string, prompts: readonly unknown[]): void {
  const isIds = Array.isArray(prompts) && typeof prompts[0] === "number";
  if (Array.isArray(prompts) && !isIds) return;
  throw refusals(op).argument("prompts", "a list of prompts", brief(prompts), "put it in [ ]");
}

/** What is probably meant by something else than a text or ids; undefined of ids too. */
function promptHint(op: string, prompt: unknown): string | undefined {
  if (isConversation(prompt)) {
    const ids = "gemma.encodeChat(messages)";
    if (op === "generateBatch") return `a conversation: put ${ids} in its place`;
    const answer = op === "generate" ? "gemma.chat({ messages }).send(text), or " : "";
    return `a conversation: ${answer}${op}(${ids})`;
  }
  if (isList(prompt)) {
    if (typeof prompt[0] !== "string") return undefined;
    return "one text at a time";
  }
  if (typeof prompt !== "object" || prompt === null || isTensor(prompt)) return undefined;
  if (Object.getPrototypeOf(prompt) !== Object.prototype) return undefined;
  const first = op === "generateBatch" ? "the prompts come" : "the prompt comes";
  return `${first} first: ${op}(${op === "generateBatch" ? "prompts" : "prompt"}, options)`;
}

/** Whether it is a list of messages, one message, or options of a chat. */
function isConversation(prompt: unknown): boolean {
  const first: unknown = isList(prompt) ? prompt[0] : prompt;
  if (typeof first !== "object" || first === null) return false;
  return "role" in first || "messages" in first;
}

/**
 * @param config whose vocabulary the ids are of.
 * @throws {ArgumentError} unless they are a list, and every id is a row of the embedding.
 */
export function assertIds(
  op: string,
  ids: ArrayLike<number>,
  { vocabSize: V }: Pick<GemmaConfig, "vocabSize">,
  argument = "ids",
): void {
  if (!isList(ids)) {
    const hint = typeof ids === "string" ? "the methods of Gemma take a text too" : listHint(ids);
    throw refusals(op).argument(argument, "a list of token ids", brief(ids), hint);
  }
  assertIdsBelow(op, ids, V, argument);
}

/**
 * @param config whose context the ids are for.
 * @throws {ArgumentError} unless `ids`, a whole sequence, fit into the context the model was trained for.
 */
export function assertSequence(
  op: string,
  { length }: ArrayLike<number>,
  { maxPositionEmbeddings: limit }: Pick<GemmaConfig, "maxPositionEmbeddings">,
  argument = "ids",
): void {
  if (length > 0 && length <= limit) return;
  const expected = `1 to ${limit} tokens (max_position_embeddings)`;
  throw refusals(op).argument(
    argument,
    expected,
    length,
    length === 0 ? NO_IDS : "shorten the text",
  );
}

/** @throws {ArgumentError} unless `count` tokens, and at least one, fit into what is left of the cache. */
export function assertRoom(op: string, count: number, { length, contextLength }: KVCache): void {
  const room = contextLength - length;
  if (count > 0 && count <= room) return;
  const expected = `1 to ${room} tokens, what is left of a context of ${contextLength}`;
  const tooLong = "shorten the prompt, or rewind the cache or make a longer one";
  throw refusals(op).argument("ids", expected, count, count === 0 ? NO_IDS : tooLong);
}
