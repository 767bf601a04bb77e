/** Attribution, on its tile. @module */
import { overview } from "../../answers.ts";
import { partCount } from "../../model-part.ts";
import { Piece } from "../../parts/piece.tsx";

export function AttributionTile() {
  const { model, next } = overview.value;
  const [first, second] = next;
  return (
    <>
      <Piece piece={first.piece} />, not <Piece piece={second.piece} />:{" "}
      {partCount(model.layers, model.heads)} parts
    </>
  );
}
