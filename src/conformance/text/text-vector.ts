/**
 * Test vectors of tier T3: texts, conversations and answers, with the token ids that belong to them.
 * @module
 */
import type { ChatMessage } from "../run/testee.ts";

interface AnyTextVector {
  /** `t3.encode.newlines-5`. Never used for anything else again. */
  readonly id: string;
  /** What it tests. A sentence. */
  readonly note: string;
  /** Ids of the known bugs that it was made to catch. Each of them fails it. */
  readonly hunts: readonly string[];
}

/** Token ids that are right too, and the engines whose way that is. */
export interface OtherIds {
  readonly ids: readonly number[];
  readonly way: string;
}

/** The ids of a text, without BOS. */
export interface EncodeVector extends AnyTextVector {
  readonly kind: "encode";
  /** One of the suite's tokenizers. */
  readonly tokenizer: string;
  /** The text, or its UTF-16 code units where these are no text that JSON can carry from one language to the next. */
  readonly text: string | { readonly utf16: readonly number[] };
  readonly ids: readonly number[];
  readonly also?: readonly OtherIds[];
  /** Whether an engine may refuse it: it is no Unicode text. */
  readonly refusable?: boolean;
}

/** The text of ids. */
export interface DecodeVector extends AnyTextVector {
  readonly kind: "decode";
  readonly tokenizer: string;
  readonly ids: readonly number[];
  readonly text: string;
}

/** The ids of a conversation, with BOS, up to where the model is to answer. */
export interface ChatVector extends AnyTextVector {
  readonly kind: "chat";
  readonly messages: readonly ChatMessage[];
  readonly ids: readonly number[];
  readonly also?: readonly OtherIds[];
}

/** The text of an answer whose tokens the model gave as `ids`: up to the first that ends it. */
export interface AnswerVector extends AnyTextVector {
  readonly kind: "answer";
  readonly ids: readonly number[];
  readonly text: string;
}

export type TextVector = EncodeVector | DecodeVector | ChatVector | AnswerVector;

/** What is asked in one vector. */
export type TextKind = TextVector["kind"];

/** What was answered: ids or a text, as the vector asks. */
export type TextAnswer = readonly number[] | string;

/** The text of an encode vector, lone surrogates and all. */
export function textOf({ text }: Pick<EncodeVector, "text">): string {
  return typeof text === "string" ? text : String.fromCharCode(...text.utf16);
}

/** The answers that pass, the usual one first. */
export function rightAnswers(vector: TextVector): readonly TextAnswer[] {
  if (vector.kind === "decode" || vector.kind === "answer") return [vector.text];
  return [vector.ids, ...(vector.also ?? []).map(({ ids }) => ids)];
}

/** Whether two answers are the same. */
export function sameAnswer(a: TextAnswer, b: TextAnswer): boolean {
  if (typeof a === "string" || typeof b === "string") return a === b;
  return a.length === b.length && a.every((id, i) => id === b[i]);
}
