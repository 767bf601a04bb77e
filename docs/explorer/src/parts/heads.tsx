/**
 * The heads of a layer: which token each reads most, and how strongly.
 * @module
 */
import { chosen, overview } from "../answers.ts";
import { shortWeight } from "../format.ts";
import { chooseCell, openPanel } from "../state.ts";
import { Choices } from "./choices.tsx";
import { Covered } from "./covered.tsx";
import { Piece } from "./piece.tsx";

export function Heads({ layer }: { layer: number }) {
  const { layers, tokens, pos, next } = overview.value;
  const { heads } = layers[layer];
  const now = chosen.value;
  const isHere = now.cell.kind === "weight" && now.layer === layer;
  const isAnswer = (n: number) => tokens[heads[n].reads].id === next[0].id;
  const choose = (head: number) =>
    chooseCell({ kind: "weight", query: pos, key: heads[head].reads }, { layer, head });
  return (
    <Choices
      label={`Heads of layer ${layer}: the token that each reads, and its weight`}
      class="heads"
      isVertical
      count={heads.length}
      chosen={isHere ? now.head : undefined}
      choose={choose}
      open={() => openPanel("attention")}
      classOf={(n) => (isAnswer(n) ? "answer" : "")}
      styleOf={(n) => ({ "--share": heads[n].weight })}
      item={(n) => {
        const { reads, weight } = heads[n];
        const text = (
          <>
            <span>
              {n} <Piece piece={tokens[reads].piece} />
            </span>
            <b>{shortWeight(weight)}</b>
          </>
        );
        return isAnswer(n) ? <Covered>{text}</Covered> : text;
      }}
    />
  );
}
