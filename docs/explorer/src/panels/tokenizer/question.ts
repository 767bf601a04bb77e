/** What the tokenizer panel asks. @module */
import type { Token } from "../../messages.ts";

export interface TokenizerQuestion {
  ask: { prompt: string; pos: number };
  answer: Tokenizer;
}

/** Two neighbours become one. */
export interface Joint {
  /** Its place among all merges of the text, from 1. */
  readonly number: number;
  /** What it joins: leaves of the block by their place, then its joints. */
  readonly left: number;
  readonly right: number;
  readonly piece: string;
  readonly id: number;
  readonly score: number;
  readonly rank: number;
}

/** What has grown together when no two neighbours make a piece any more: a tree of merges, or a character alone. */
export interface Block {
  /** The position of its first token. */
  readonly first: number;
  /** One; of a character that is no piece its bytes. */
  readonly tokens: readonly Token[];
  /** Characters, or what is whole from the start. */
  readonly leaves: readonly string[];
  readonly joints: readonly Joint[];
  readonly kind: "piece" | "bytes" | "whole";
}

/** A character that cannot be seen, or not by itself. */
export interface Named {
  readonly character: string;
  readonly name: string;
}

/** How a text is cut, and what the chosen token becomes. Long texts are seen through a window of blocks. */
export interface Tokenizer {
  readonly prompt: string;
  readonly pos: number;
  readonly blocks: readonly Block[];
  /** Positions of tokens in the window: from the first to the one before `to`. */
  readonly from: number;
  readonly to: number;
  /** Of the whole text. */
  readonly tokens: number;
  readonly characters: number;
  readonly merges: number;
  readonly hasBytes: boolean;
  readonly named: readonly Named[];
  /** What was typed, and is a token of its own: `<end_of_turn>`. */
  readonly typed: readonly Token[];
  /** What was typed, is the name of a token, and is mere text: `<bos>`. */
  readonly mere: readonly string[];
  readonly token: Token;
  /** Its row of the table, [D]. */
  readonly row: Float64Array;
  /** The rows that point most nearly the same way. */
  readonly near: readonly (Token & { readonly cosine: number })[];
}
