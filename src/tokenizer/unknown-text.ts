/**
 * From pieces to tokens: what no piece covers is spelled in bytes.
 * sentencepiece v0.1.97: src/sentencepiece_processor.cc (`PopulateSentencePieceText`).
 * @module
 */
import { brief } from "../brief.ts";
import { refusals } from "../errors.ts";
import { PieceType } from "./model-proto.ts";
import { forEachByte } from "./utf8.ts";
import type { EmitPiece, Vocabulary } from "./vocabulary.ts";

/**
 * Emits the tokens of normalised text. Characters that no piece covers become their bytes or,
 * without byte fallback, one unknown token for each run of them.
 * @param cut emits the pieces of `text`, unknown ones with the id of the unknown piece.
 */
export function forEachToken(
  { unkId, byteIds, types }: Vocabulary,
  text: string,
  cut: (emit: EmitPiece) => void,
  emit: EmitPiece,
): void {
  let unknownBegin = -1;
  cut((id, begin, end) => {
    if (id !== unkId) {
      if (unknownBegin >= 0) emit(unkId, unknownBegin, begin);
      unknownBegin = -1;
      if (types[id] === PieceType.CONTROL) {
        // The C++ library has no answer either ("all normalized characters are not consumed").
        const hint = "a control piece of this vocabulary is one character, or another piece too";
        const got = `${brief(text.slice(begin, end))}, piece ${id}`;
        throw refusals("encode").unsupported("text", "a text without control pieces", got, hint);
      }
      emit(id, begin, end);
    } else if (byteIds === undefined) {
      if (unknownBegin < 0) unknownBegin = begin;
    } else {
      forEachByte(text, begin, end, (byte) => emit(byteIds[byte], begin, end));
    }
  });
  if (unknownBegin >= 0) emit(unkId, unknownBegin, text.length);
}
