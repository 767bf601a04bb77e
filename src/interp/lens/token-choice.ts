/**
 * Tokens as readers name them: by id, or by text where there is a tokenizer; and tokens as results show them, with
 * their piece.
 * @module
 */
import { brief } from "../../brief.ts";
import { assertInteger } from "../../check.ts";
import type { GemmaConfig } from "../../config.ts";
import { refusals } from "../../errors.ts";

/** An id, or a text that is one token: `" fox"` with the space that belongs to it, `"<eos>"`. */
export type TokenChoice = number | string;

/** What is needed of a tokenizer: a `Tokenizer` has it. */
export interface Pieces {
  /** V: how many ids there are. */
  readonly vocabSize: number;
  /** The piece of an id. */
  readonly piece: (id: number) => string;
  /** The ids of a text, without BOS. */
  readonly encode: (text: string, options?: { readonly special?: boolean }) => number[];
}

/** A token of the vocabulary. */
export interface NamedToken {
  /** Its id. */
  readonly id: number;
  /** As the vocabulary has it, ▁ for a space. Absent without a tokenizer, and of ids that it does not have. */
  readonly piece?: string;
}

/** A token with its piece, where there is one. */
export function namedToken(id: number, pieces: Pieces | undefined): NamedToken {
  // A vocabulary may have fewer pieces than the embedding has rows.
  return pieces && id < pieces.vocabSize ? { id, piece: pieces.piece(id) } : { id };
}

/**
 * The id of a token that is chosen by id or by text.
 * @throws {ArgumentError} naming `op` and `argument`, if it is no id, or no text of one token.
 */
export function chosenToken(
  op: string,
  argument: string,
  choice: TokenChoice,
  { vocabSize: V }: Pick<GemmaConfig, "vocabSize">,
  pieces: Pieces | undefined,
): number {
  if (typeof choice !== "string") {
    const hint = "the id of a token, or its text";
    if (typeof choice !== "number") throw refusals(op).argument(argument, hint, brief(choice));
    assertInteger(op, argument, choice, { from: 0, to: V - 1 });
    return choice;
  }
  if (!pieces) {
    const expected = "the id of a token, as there is no tokenizer";
    throw refusals(op).argument(argument, expected, brief(choice));
  }
  const ids = pieces.encode(choice, { special: true });
  if (ids.length === 1) return ids[0];
  const got = ids.length === 0 ? "an empty one" : `${ids.length} tokens, ${shown(ids, pieces)}`;
  const hint = "a space in front of a word belongs to its token";
  throw refusals(op).argument(argument, "a text of one token", got, ids.length ? hint : undefined);
}

function shown(ids: readonly number[], pieces: Pieces): string {
  return brief(ids.map((id) => pieces.piece(id)).join("|"));
}
