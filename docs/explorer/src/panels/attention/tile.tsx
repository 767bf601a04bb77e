/** Attention, on its tile. @module */
import { chosen, overview } from "../../answers.ts";
import { Piece } from "../../parts/piece.tsx";

export function AttentionTile() {
  const { tokens, layers } = overview.value;
  const { layer, head } = chosen.value;
  const { reads, weight: most } = layers[layer].heads[head];
  return (
    <>
      {layer}.{head} reads <Piece piece={tokens[reads].piece} /> {most.toFixed(2)}
    </>
  );
}
