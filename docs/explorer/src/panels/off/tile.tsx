/** Heads off, on its tile. @module */
import { overview } from "../../answers.ts";
import { lastAnswer } from "../../asked.ts";
import { defaultCell } from "../../default-cell.ts";
import { percent } from "../../format.ts";
import { offWords } from "../../off.ts";
import { Piece } from "../../parts/piece.tsx";

export function OffTile() {
  const shown = overview.value;
  const { tokens, layers, next, prompt, pos } = shown;
  const tried = lastAnswer("off").value;
  if (tried?.prompt === prompt && tried.pos === pos && tried.off.length > 0) {
    return (
      <>
        {offWords(tried.off)}: <Piece piece={next[0].piece} /> {percent(tried.answer.chance)}
      </>
    );
  }
  const { layer, head } = defaultCell(shown);
  const { reads } = layers[layer].heads[head];
  return (
    <>
      what if {layer}.{head} did not read <Piece piece={tokens[reads].piece} />?
    </>
  );
}
