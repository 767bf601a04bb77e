/** Attention, on its tile. @module */
import { chosen, overview } from "../../answers.ts";
import { weight } from "../../format.ts";
import { Piece } from "../../parts/piece.tsx";

export function AttentionTile() {
  const { tokens, layers } = overview.value;
  const { layer, head } = chosen.value;
  const { reads, weight: most } = layers[layer].heads[head];
  return (
    <>
      Which token does a head look at? Head {layer}.{head} reads{" "}
      <Piece piece={tokens[reads].piece} /> with weight {weight(most)}.
    </>
  );
}
