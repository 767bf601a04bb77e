/**
 * The prompt of a preference that does not tell it: whatever its two answers begin with, as TRL's `extract_prompt` has it
 * (https://huggingface.co/docs/trl/dataset_formats, "implicit prompt").
 *
 *     chosen    [user: Hi, assistant: Hello]        prompt    [user: Hi]
 *     rejected  [user: Hi, assistant: Go away]      chosen    [assistant: Hello]
 *                                                   rejected  [assistant: Go away]
 *
 * Of texts the prompt stays in both: a text has no turns between which it could be cut, and tokens that two texts begin with
 * change neither the difference of two rewards nor that of two log-probabilities.
 * @module
 */
import { brief } from "../../../brief.ts";
import type { Refusals } from "../../../errors.ts";

/** A message, as far as it is looked at here. */
interface Said {
  readonly role?: unknown;
  readonly content?: unknown;
}

/** A prompt and two answers. */
export interface SplitPreference<T> {
  /** What both begin with; "" of texts. */
  readonly prompt: T;
  /** The better answer. */
  readonly chosen: T;
  /** The other. */
  readonly rejected: T;
}

/**
 * `chosen` and `rejected`, whole conversations or whole texts, as a prompt and two answers.
 * @throws {FormatError} if one is a text and the other is not, or they do not begin with the same question.
 */
export function splitPreference<T extends string | readonly Said[]>(
  chosen: T,
  rejected: T,
  refuse: Refusals,
): SplitPreference<T> {
  if (typeof chosen === "string" && typeof rejected === "string") {
    return { prompt: "" as T, chosen, rejected };
  }
  if (!Array.isArray(chosen) || !Array.isArray(rejected)) {
    const expected = "two texts, or two lists of messages, in chosen and rejected";
    throw refuse.format("rejected", expected, brief(rejected));
  }
  const most = Math.min(chosen.length, rejected.length) - 1; // an answer has a message at least
  let turns = 0;
  while (turns < most && alike(chosen[turns], rejected[turns])) turns++;
  // An answer begins with the model's turn, also where the user has gone on differently.
  while (turns > 0 && !(isAnswer(chosen[turns]) && isAnswer(rejected[turns]))) turns--;
  if (turns > 0) {
    const parts = [chosen.slice(0, turns), chosen.slice(turns), rejected.slice(turns)];
    const [prompt, better, worse] = parts as unknown as [T, T, T];
    return { prompt, chosen: better, rejected: worse };
  }
  const hint = "without a prompt, both are whole conversations; else put the question into prompt";
  throw refuse.format("rejected", "the question that chosen begins with", "no such", hint);
}

const alike = (a: Said | null, b: Said | null) => a?.role === b?.role && a?.content === b?.content;
const isAnswer = (message: Said | null) =>
  message?.role === "assistant" || message?.role === "model";
