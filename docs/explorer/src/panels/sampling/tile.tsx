/** Sampling, on its tile. @module */
import { overview } from "../../answers.ts";
import { percent } from "../../format.ts";
import { Piece } from "../../parts/piece.tsx";

export function SamplingTile() {
  const [first, second] = overview.value.next;
  return (
    <>
      drawn, <Piece piece={first.piece} /> {percent(first.chance)}, <Piece piece={second.piece} />{" "}
      {percent(second.chance)}
    </>
  );
}
