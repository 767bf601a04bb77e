/** Writing, on its tile. @module */
import { overview } from "../../answers.ts";
import { Piece } from "../../parts/piece.tsx";

export function WriteTile() {
  const { tokens, next, pos } = overview.value;
  if (pos !== tokens.length - 1) return <>How does the text go on? Or ask it something.</>;
  return (
    <>
      How does it go on? <Piece piece={next[0].piece} /> comes first. Or ask it something.
    </>
  );
}
