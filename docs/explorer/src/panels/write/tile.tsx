/** Writing, on its tile. @module */
import { overview } from "../../answers.ts";
import { Piece } from "../../parts/piece.tsx";

export function WriteTile() {
  const { tokens, next, pos } = overview.value;
  if (pos !== tokens.length - 1) return <>a story, or an answer</>;
  return (
    <>
      it goes on with <Piece piece={next[0].piece} />
    </>
  );
}
