/** Attribution, on its tile. @module */
import { overview } from "../../answers.ts";
import { percent } from "../../format.ts";
import { partCount } from "../../model-part.ts";
import { Piece } from "../../parts/piece.tsx";

export function AttributionTile() {
  const { model, next } = overview.value;
  const [first, second] = next;
  return (
    <>
      Why <Piece piece={first.piece} /> {percent(first.chance)} and not{" "}
      <Piece piece={second.piece} /> {percent(second.chance)}? A sum of{" "}
      {partCount(model.layers, model.heads)} parts decides.
    </>
  );
}
