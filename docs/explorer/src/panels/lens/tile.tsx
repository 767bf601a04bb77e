/** The lens, on its tile. @module */
import { overview } from "../../answers.ts";
import { percent } from "../../format.ts";
import { Piece } from "../../parts/piece.tsx";

export function LensTile() {
  const { streams } = overview.value;
  const [before] = streams[streams.length - 3].lens;
  return (
    <>
      What would it say earlier? Before the last layer <Piece piece={before.piece} /> with{" "}
      {percent(before.chance)}.
    </>
  );
}
