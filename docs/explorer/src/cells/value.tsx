/** A number that a head hands on. @module */
import type { CellOf } from "../cell.ts";
import { brief, type Kind, tokenAt } from "./kind.ts";

export const valueKind: Kind<CellOf<"value">> = {
  isThere: ({ dim }, { model }) => dim < model.headDim,
  where: ({ dim }, { layer, head, pos }, shown) =>
    `Layer ${layer}, what head ${head} hands on to ${tokenAt(shown, pos)}, dimension ${dim}`,
  formula: () => (
    <mrow>
      <mo>∑</mo>
      <mi>weight</mi>
      <mo>·</mo>
      <mi>v</mi>
    </mrow>
  ),
  explained: () =>
    "The values of all tokens that the query sees, each times its weight. o_proj turns this into what is added to the stream.",
  write: brief,
};
