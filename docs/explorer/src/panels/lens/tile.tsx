/** The lens, on its tile. @module */
import { overview } from "../../answers.ts";
import { percent } from "../../format.ts";
import { Piece } from "../../parts/piece.tsx";

export function LensTile() {
  const { streams } = overview.value;
  const [before] = streams[streams.length - 3].lens;
  return (
    <>
      before the end <Piece piece={before.piece} /> {percent(before.chance)}
    </>
  );
}
