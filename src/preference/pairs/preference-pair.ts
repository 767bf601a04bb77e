/**
 * A preference as a model is taught by it: a question and two answers, the first of which somebody liked better.
 *
 *     chosen     <bos> … question … <start_of_turn> model ⏎ │ the better answer <end_of_turn>
 *     rejected   the same ids                               │ the other answer  <end_of_turn>
 *     mask         0                                        │ 1
 *
 * Both are conversations (tuning/conversation.ts): an answer is encoded apart from its prompt, its closing token counts, and the
 * newline behind it does not. Rows may have any of the forms of TRL's preference data sets (trl/data_utils.py, `maybe_extract_prompt`).
 * @module
 */
import { brief } from "../../brief.ts";
import { assertFinite } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import { commonPrompt } from "../../training/data/rows/common-prompt.ts";
import {
  CONVERSATION_NAMES,
  type ConversationOptions,
  conversation,
  type TuningExample,
  type TuningMessage,
} from "../../tuning/conversation.ts";
import { retold } from "../../tuning/each-row.ts";

/**
 * One preference:
 *
 * - `prompt`, `chosen` and `rejected` as messages: the answers are lists, as TRL has them;
 * - all three as texts: no turns. BOS, prompt, answer, EOS;
 * - `chosen` and `rejected` alone, or with a prompt of the other kind: what both begin with is the prompt.
 *
 * What else a row has is left alone.
 */
export interface PreferenceRow {
  /** The question. */
  readonly prompt?: string | readonly TuningMessage[];
  /** The answer that was preferred. */
  readonly chosen: string | readonly TuningMessage[];
  /** The other one. */
  readonly rejected: string | readonly TuningMessage[];
  /** How far the rewards of both should be apart; TRL's column of that name. Default 0. */
  readonly margin?: number;
  /** How sure it is that the chosen one is better: ½ for a tie. Default 1. */
  readonly certainty?: number;
}

/** A preference as token ids. */
export interface PreferencePair {
  /** The preferred answer, behind its prompt. */
  readonly chosen: TuningExample;
  /** The other one, behind the same prompt. */
  readonly rejected: TuningExample;
  /** Of the row, if it has one. */
  readonly margin?: number;
  /** Of the row, if it has one. */
  readonly certainty?: number;
}

/** Options of {@link preferencePair}: how prompts are put. */
export type PairOptions = Omit<ConversationOptions, "trainOn">;

const { trainOn: _, ...PAIR } = CONVERSATION_NAMES;
export const PAIR_NAMES: OptionNames<PairOptions> = PAIR;

const OP = "preferencePair";

/**
 * The ids of both answers of a row. Deterministic; nothing is padded or cut.
 * @throws {ArgumentError} if the row has none of the forms, an answer does not begin with the model's turn or end with it, or
 * margin or certainty are no such numbers.
 * @throws {UnsupportedError} if the vocabulary has no markers of turns.
 */
export function preferencePair(
  row: PreferenceRow,
  tokenizer: Tokenizer,
  options: PairOptions = {},
): PreferencePair {
  assertOptions(OP, options, PAIR_NAMES);
  const { prompt, chosen, rejected } = answersOf(row);
  const { margin, certainty } = judgement(row);
  const refuse = refusals(OP);
  if (margin !== undefined) assertFinite(OP, "margin", margin);
  if (certainty !== undefined && !(certainty >= 0 && certainty <= 1)) {
    throw refuse.argument("certainty", "a number from 0 to 1", brief(certainty));
  }
  const example = (name: string, completion: PreferenceRow["chosen"]) => {
    assertAnswer(name, completion);
    try {
      return conversation({ prompt, completion }, tokenizer, options);
    } catch (error) {
      // There the answer is called a completion, or is a part of all messages.
      const here = (own = "") => own.replace(/^(completion(?=$|\[)|messages(\[\d+\])?|row$)/, name);
      throw retold(error, { op: OP, argument: here });
    }
  };
  return {
    chosen: example("chosen", chosen),
    rejected: example("rejected", rejected),
    ...(margin !== undefined && { margin }),
    ...(certainty !== undefined && { certainty }),
  };
}

/** What is said of the judgement; of a row that was read from a file it stands among the other fields. */
function judgement(row: PreferenceRow): Pick<PreferenceRow, "margin" | "certainty"> {
  const { other } = row as { readonly other?: Pick<PreferenceRow, "margin" | "certainty"> };
  const { margin = other?.margin, certainty = other?.certainty } = row;
  return { margin: margin ?? undefined, certainty: certainty ?? undefined };
}

/** The row with its prompt, which may stand in the answers. */
function answersOf(
  row: PreferenceRow,
): Required<Pick<PreferenceRow, "prompt" | "chosen" | "rejected">> {
  const { prompt, chosen, rejected } = Object(row) as PreferenceRow;
  const refuse = refusals(OP);
  if (!isAnswer(chosen) || !isAnswer(rejected)) {
    const isNamed = chosen !== undefined && rejected !== undefined;
    const [name, got] = !isNamed
      ? ["row", row]
      : isAnswer(chosen)
        ? ["rejected", rejected]
        : ["chosen", chosen];
    const expected = isNamed ? "a list of messages, or a text" : "{ prompt, chosen, rejected }";
    throw refuse.argument(name, expected, brief(got));
  }
  if (typeof chosen !== typeof rejected) {
    throw refuse.argument("rejected", "what chosen is: a text, or messages", kindOf(rejected));
  }
  if (prompt !== undefined && !isAnswer(prompt)) {
    throw refuse.argument("prompt", "a list of messages, or a text", brief(prompt));
  }
  // A text as the prompt of messages is a label of the row: the messages have it in them.
  const isApart = prompt !== undefined && typeof prompt === typeof chosen;
  return isApart ? { prompt, chosen, rejected } : commonPrompt(chosen, rejected, refuse.argument);
}

const isAnswer = (value: unknown): value is PreferenceRow["chosen"] =>
  typeof value === "string" || Array.isArray(value);

const kindOf = (value: unknown) => (typeof value === "string" ? "a text" : "messages");

/** Answers to the same question: what is preferred is what the model says, not what it is asked. */
function assertAnswer(name: string, completion: PreferenceRow["chosen"]): void {
  if (typeof completion === "string") return;
  const first: unknown = completion[0]?.role;
  if (first === "model" || first === "assistant" || completion[0] === undefined) return;
  const hint = "both answer the same prompt, so the last question belongs to it";
  const got = typeof first === "string" ? `a message of the ${first}` : brief(completion[0]);
  throw refusals(OP).argument(`${name}[0]`, "a message of the model", got, hint);
}
