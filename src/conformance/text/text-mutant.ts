/**
 * What a known bug of the text side is, and an engine that has some.
 * @module
 */
import { chatIds } from "../../tokenizer/chat-format.ts";
import { TURN_END_PIECES } from "../../tokenizer/end-pieces.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import type { ChatMessage } from "../run/testee.ts";
import { type ChatPlan, type ChatWay, plannedChatIds } from "./chat-plan.ts";
import { type DecodePlan, plannedText } from "./decode-plan.ts";
import type { TextKind } from "./text-vector.ts";

/** The text side of an engine. */
export interface TextEngine {
  encode(text: string): readonly number[];
  decode(ids: readonly number[]): string;
  encodeChat(messages: readonly ChatMessage[]): readonly number[];
  answer(ids: readonly number[]): string;
}

/** What ends an answer, and what is shown of the end. */
export interface AnswerPlan {
  /** The ids that end it. Default: `<eos>` and `<end_of_turn>`. */
  readonly ends?: (tokenizer: Tokenizer) => readonly number[];
  /** Whether the token that ends it is part of the text. Default false. */
  readonly showsEnd?: boolean;
  /** Whether the last token goes although it ends nothing. Default false. */
  readonly dropsLast?: boolean;
}

/** A bug that engines have had or are likely to have, as one decision taken otherwise. */
export interface TextMutant {
  /** `chat-no-bos`: the part, and what is wrong with it. */
  readonly id: string;
  /** How the buggy code goes about it. A sentence. */
  readonly mistake: string;
  /** How Gemma's does, and so what to change. A sentence. */
  readonly fix: string;
  /** Who had it, or where it is described. */
  readonly seen?: string;
  /** What is changed: one of these. */
  readonly encode?: (tokenizer: Tokenizer) => (text: string) => readonly number[];
  readonly decode?: DecodePlan;
  readonly chat?: ChatPlan;
  readonly answer?: AnswerPlan;
}

/** The vectors in which the change of a mutant is to be seen first. */
export function kindOf({ encode, decode, chat }: TextMutant): TextKind {
  if (encode) return "encode";
  if (decode) return "decode";
  return chat ? "chat" : "answer";
}

/** The ids that end an answer. */
export function endsOfAnswer(tokenizer: Tokenizer): readonly number[] {
  const turns = TURN_END_PIECES.map((piece) => tokenizer.idOf(piece));
  return [tokenizer.eosId, ...turns.filter((id): id is number => id !== undefined)];
}

/**
 * The library's own text side, with the changes of `mutants`, at most one of each kind.
 * @param way how a conversation is put together: a bug of the tokenizer shows otherwise where markers are encoded than
 * where they are put down as ids.
 */
export function textEngine(
  tokenizer: Tokenizer,
  mutants: readonly TextMutant[] = [],
  way: ChatWay = "parts",
): TextEngine {
  const changeOf = <Key extends "encode" | "decode" | "chat" | "answer">(key: Key) =>
    mutants.find((mutant) => mutant[key] !== undefined)?.[key];
  const encode = changeOf("encode")?.(tokenizer) ?? ((text: string) => tokenizer.encode(text));
  const decoding = changeOf("decode");
  const decode = (ids: readonly number[]) =>
    decoding ? plannedText(tokenizer, ids, decoding) : tokenizer.decode(ids);
  const chat = changeOf("chat");
  const isOwnChat = !chat && !changeOf("encode") && way === "parts";
  const { ends = endsOfAnswer, showsEnd = false, dropsLast = false } = changeOf("answer") ?? {};
  return {
    encode,
    decode,
    encodeChat: (messages) =>
      isOwnChat
        ? [tokenizer.bosId, ...chatIds(tokenizer, messages)]
        : plannedChatIds(tokenizer, encode, messages, { way, ...chat }),
    answer(ids) {
      const ending = ends(tokenizer);
      const at = ids.findIndex((id) => ending.includes(id));
      if (at < 0) return decode(dropsLast ? ids.slice(0, -1) : ids);
      return decode(ids.slice(0, showsEnd ? at + 1 : at));
    },
  };
}
