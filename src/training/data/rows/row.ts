/**
 * Rows of training data as TRL has them, one JSON object a line
 * (https://huggingface.co/docs/trl/dataset_formats):
 *
 *     {"text": "…"}                                           text to continue
 *     {"messages": [{"role": "user", "content": "…"}, …]}     a conversation
 *     {"prompt": …, "completion": …}                          a question and an answer
 *     {"prompt": …, "chosen": …, "rejected": …}               a question and two answers, the first one better
 *     {"chosen": …, "rejected": …}                            the same, where both begin with the question
 *     {"prompt": …}                                           a question alone
 *
 * What stands for … is a text or, in the last four, a list of messages. Other fields are kept in `other`.
 * @module
 */
import type { ChatMessage } from "../../../tokenizer/chat-format.ts";

/** A message to learn from: Gemma's turns have two roles. */
export interface TurnMessage extends ChatMessage {
  /** Whose turn it is. */
  readonly role: "user" | "model";
}

/** A text as it is, or turns. */
export type TextOrTurns = string | readonly TurnMessage[];

/** What every row has. */
export interface AnyRow {
  /** Where it stands: `stories.jsonl, line 12`. */
  readonly where: string;
  /** Fields of the object beyond those of its kind. */
  readonly other: Readonly<Record<string, unknown>>;
}

/** Text to continue. */
export interface TextRow extends AnyRow {
  /** Which row it is. */
  readonly kind: "text";
  /** The text. */
  readonly text: string;
}

/** A conversation. */
export interface MessagesRow extends AnyRow {
  /** Which row it is. */
  readonly kind: "messages";
  /** The turns, the user's first. */
  readonly messages: readonly TurnMessage[];
}

/** A question alone. */
export interface PromptRow extends AnyRow {
  /** Which row it is. */
  readonly kind: "prompt";
  /** The question: as turns, the user's first and last. */
  readonly prompt: TextOrTurns;
}

/** A question and an answer. */
export interface CompletionRow extends AnyRow {
  /** Which row it is. */
  readonly kind: "completion";
  /** The question: as turns, the user's first and last. */
  readonly prompt: TextOrTurns;
  /** The answer: as turns, the model's first. */
  readonly completion: TextOrTurns;
}

/** A question and two answers. */
export interface PreferenceRow extends AnyRow {
  /** Which row it is. */
  readonly kind: "preference";
  /** The question: as turns, the user's first and last. */
  readonly prompt: TextOrTurns;
  /** The better answer. */
  readonly chosen: TextOrTurns;
  /** The other. */
  readonly rejected: TextOrTurns;
}

/** A row of any kind. */
export type DataRow = TextRow | MessagesRow | PromptRow | CompletionRow | PreferenceRow;

/** Rows by their kinds. */
export interface RowsByKind {
  /** `{"text"}` */
  text: TextRow;
  /** `{"messages"}` */
  messages: MessagesRow;
  /** `{"prompt"}` */
  prompt: PromptRow;
  /** `{"prompt", "completion"}` */
  completion: CompletionRow;
  /** `{"prompt", "chosen", "rejected"}` */
  preference: PreferenceRow;
}
