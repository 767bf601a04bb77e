/**
 * The sentence of the road; and from text to ids, over a learner's `segment`: what is around the merging in
 * SentencePiece.
 * @module
 */
import { PieceType } from "../tokenizer/model-proto.ts";
import { escaped, type Tokenizer } from "../tokenizer/tokenizer.ts";
import type { Parts } from "./parts.ts";

/** The sentence of the road: the model goes on with "she". */
export const SENTENCE = "Mira the fox had 6 plums. At the lighthouse";

/** What `segment` may ask: the score of a piece that merging may make, undefined of all others. */
export function scoresOf({ vocabulary }: Tokenizer): (piece: string) => number | undefined {
  const { pieces } = vocabulary.model;
  return (piece) => {
    const id = vocabulary.mergeable.get(piece);
    return id !== undefined && pieces[id].type === PieceType.NORMAL ? pieces[id].score : undefined;
  };
}

/** BOS and the ids of a text. Markers of turns in it are those tokens: it is a prompt that we wrote. */
export function idsOf(tokenizer: Tokenizer, { segment }: Parts, text: string): number[] {
  const { vocabulary, bosId } = tokenizer;
  const userDefined = vocabulary.model.pieces
    .filter(({ type }) => type === PieceType.USER_DEFINED)
    .map(({ piece }) => piece)
    .sort((a, b) => b.length - a.length);
  const score = scoresOf(tokenizer);
  const idsOfPiece = (piece: string) => {
    const id = vocabulary.mergeable.get(piece);
    return id === undefined
      ? Array.from(new TextEncoder().encode(piece), (byte) => vocabulary.byteIds![byte])
      : [id];
  };
  const parts = text
    .replaceAll(" ", "▁")
    .split(new RegExp(`(${userDefined.map(escaped).join("|")})`));
  return [
    bosId,
    ...parts.flatMap((part, i) =>
      (i % 2 === 1 ? [part] : segment(part, score)).flatMap(idsOfPiece),
    ),
  ];
}
