/** Known bugs, on their tile. @module */
import { overview } from "../../answers.ts";
import { percent } from "../../format.ts";
import { Piece } from "../../parts/piece.tsx";

export function BreakTile() {
  const [{ piece, chance }] = overview.value.next;
  return (
    <>
      What if RoPE, a norm or the mask were wrong? See which known bugs cost <Piece piece={piece} />{" "}
      its {percent(chance)}.
    </>
  );
}
