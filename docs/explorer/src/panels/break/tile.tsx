/** Known bugs, on their tile. @module */
import { overview } from "../../answers.ts";
import { Piece } from "../../parts/piece.tsx";

export function BreakTile() {
  const [{ piece }] = overview.value.next;
  return (
    <>
      which known bugs cost <Piece piece={piece} />?
    </>
  );
}
