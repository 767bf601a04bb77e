/** Sampling, on its tile. @module */
import { overview } from "../../answers.ts";
import { percent } from "../../format.ts";
import { Piece } from "../../parts/piece.tsx";

export function SamplingTile() {
  const [first, second] = overview.value.next;
  return (
    <>
      Why not always <Piece piece={first.piece} />? Drawn, it comes {percent(first.chance)} of the
      time, <Piece piece={second.piece} /> {percent(second.chance)}.
    </>
  );
}
