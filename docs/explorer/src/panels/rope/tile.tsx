/** RoPE, on its tile. @module */
import { chosen, overview } from "../../answers.ts";
import { Piece } from "../../parts/piece.tsx";

export function RopeTile() {
  const { tokens, layers, pos } = overview.value;
  const { layer, head } = chosen.value;
  const { reads } = layers[layer].heads[head];
  const distance = pos - reads;
  return (
    <>
      <Piece piece={tokens[reads].piece} /> is {distance} {distance === 1 ? "token" : "tokens"} back
    </>
  );
}
