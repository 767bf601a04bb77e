/**
 * The ids of a vocabulary that stand for a piece of text.
 * @module
 */
import { PieceType } from "./model-proto.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** Ids of pieces that were found in training: no control, unknown or byte pieces, and none that somebody has defined. */
export function plainIds({ vocabulary }: Tokenizer): number[] {
  const ids: number[] = [];
  for (const [id, type] of vocabulary.types.entries()) if (type === PieceType.NORMAL) ids.push(id);
  return ids;
}
