/**
 * The prompts of `/v1/completions`: ids, lists of ids, a text, or texts. BOS stands before every text that Gemma was trained
 * on, and clients leave it out: it is put in front where it is not, and is no part of the answer.
 * @module
 */
import { brief } from "../../../brief.ts";
import { assertIdsBelow } from "../../../check.ts";
import { turnOfTheEventLoop } from "../../../event-loop.ts";
import { ApiError } from "../http/api-error.ts";
import type { Served } from "../routes/route.ts";
import type { Fields } from "./fields.ts";

/** A prompt as the model is fed. */
export interface Prompt {
  readonly ids: readonly number[];
  /** How many of them are the client's own, counted from the end. */
  readonly given: number;
}

/** Most prompts of one request. */
const MOST_PROMPTS = 2048;
/** How long encoding may keep other clients waiting. */
const TURN_MS = 20;

/** Takes the prompts. `<bos>` and its kin in a text are those tokens: chat templates write them. */
export async function takePrompts(fields: Fields, served: Served): Promise<readonly Prompt[]> {
  const given = fields.take("prompt");
  const isList = Array.isArray(given) && given.length > 0 && typeof given[0] !== "number";
  const prompts: readonly unknown[] = isList ? given : [given];
  if (prompts.length > MOST_PROMPTS) {
    const expected = `at most ${MOST_PROMPTS} prompts at once`;
    throw fields.refuse.argument("prompt", expected, prompts.length);
  }
  const other = isList ? prompts.findIndex((one) => typeof one !== typeof prompts[0]) : -1;
  if (other >= 0) {
    const expected = "texts or lists of ids, and not both";
    throw fields.refuse.argument("prompt", expected, brief(given));
  }
  const found: Prompt[] = [];
  let began = performance.now();
  for (const [i, prompt] of prompts.entries()) {
    const argument = isList ? `prompt[${i}]` : "prompt";
    found.push(withBos(idsOf(fields, prompt, argument, served), served));
    if (performance.now() - began < TURN_MS) continue;
    await turnOfTheEventLoop();
    began = performance.now();
  }
  return found;
}

/**
 * @param maxTokens most tokens of the answer, of which the last is not fed.
 * @throws {ApiError} 400 if a prompt and its answer do not fit into the context.
 */
export function assertRoom(prompt: Prompt, maxTokens: number, { contextLength }: Served): void {
  const needed = prompt.ids.length + Math.max(0, maxTokens - 1);
  if (needed <= contextLength) return;
  const bos = prompt.ids.length - prompt.given;
  const asked = `${prompt.ids.length} in the prompt${bos ? " (with BOS)" : ""} and ${maxTokens} to come`;
  throw tooLong(`the context is ${contextLength} tokens, and ${asked} do not fit`);
}

function tooLong(message: string): ApiError {
  return new ApiError(400, "context_length_exceeded", message, { param: "prompt" });
}

function idsOf(
  { op, refuse }: Fields,
  prompt: unknown,
  argument: string,
  { gemma, tokenizer, contextLength }: Served,
): readonly number[] {
  if (typeof prompt === "string") {
    const most = contextLength * longestPiece(tokenizer);
    // Encoding takes time, in which nobody else is served.
    if (prompt.length <= most) return tokenizer.encode(prompt, { special: true });
    throw tooLong(`the context is ${contextLength} tokens, and ${argument} is a longer text`);
  }
  if (Array.isArray(prompt) && (argument !== "prompt" || prompt.length > 0)) {
    assertIdsBelow(op, prompt as number[], gemma.config.vocabSize, argument);
    return prompt as number[];
  }
  const expected = "a text, token ids, or a list of texts or of lists of ids";
  throw refuse.argument(argument, expected, prompt === undefined ? "nothing" : brief(prompt));
}

function withBos(ids: readonly number[], { gemma }: Served): Prompt {
  const { bosTokenId: bos } = gemma.config;
  const given = ids.length;
  return ids[0] === bos ? { ids, given } : { ids: [bos, ...ids], given };
}

const LONGEST = new WeakMap<object, number>();

/** Characters of the longest piece: a text has at least as many tokens as it is times longer. */
function longestPiece({ vocabulary }: Served["tokenizer"]): number {
  let longest = LONGEST.get(vocabulary);
  if (longest === undefined) {
    longest = vocabulary.model.pieces.reduce((n, { piece }) => Math.max(n, piece.length), 1);
    LONGEST.set(vocabulary, longest);
  }
  return longest;
}
