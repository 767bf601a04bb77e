/** What this panel asks. @module */
import type { FinishReason } from "../../../../../src/generation/stops.ts";
import type { ChatMessage } from "../../../../../src/tokenizer/chat-format.ts";
import type { Chance, Token } from "../../messages.ts";

export interface WriteQuestion {
  ask: WriteAsk | PlaceAsk;
  /** The tokens that are continued; after them one that was written each time. */
  part: { readonly begin: readonly Token[] } | { readonly step: Step };
  answer: Ended | Place;
}

export interface WriteAsk {
  readonly kind: "write";
  /** A text that goes on, or turns of a chat up to a question. */
  readonly from: string | readonly ChatMessage[];
  /** Most tokens. */
  readonly length: number;
  /** 0 is greedy: then nothing else below counts. */
  readonly temperature: number;
  readonly topP: number;
  /** All, if undefined. */
  readonly topK: number | undefined;
  readonly seed: number;
}

/** A token that was written. */
export interface Step extends Token {
  /** The text that is certain by now: none of a part of a character. */
  readonly text: string;
  /** What the model gave it, before temperature and cuts. */
  readonly chance: number;
  /** How many tokens were likelier. */
  readonly rank: number;
  /** The most probable ones, whether one of them was taken or not. */
  readonly likely: readonly Chance[];
}

export interface Ended {
  readonly kind: "ended";
  readonly why: FinishReason | undefined;
  readonly milliseconds: number;
}

/** Which text, and which of its tokens, shows token `at` of `ids` on the page. */
export interface PlaceAsk {
  readonly kind: "place";
  readonly ids: readonly number[];
  readonly at: number;
}

export interface Place {
  readonly kind: "place";
  readonly prompt: string;
  readonly pos: number;
  /** Whether the text, read again, is cut into the same tokens. */
  readonly isSame: boolean;
}
