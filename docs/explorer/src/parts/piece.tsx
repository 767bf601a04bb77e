/**
 * A token: its space is a bracket, never a ▁.
 * @module
 */
import { pieceText, SPACE } from "../format.ts";

export function Piece({ piece }: { piece: string }) {
  const text = pieceText(piece);
  const spaces = /^␣*/.exec(text)?.[0] ?? "";
  return (
    <span class="piece" title={text}>
      {spaces && <span class="space">{SPACE.repeat(spaces.length)}</span>}
      {text.slice(spaces.length)}
    </span>
  );
}
