/** A number of a value in the cache. @module */
import type { CellOf } from "../cell.ts";
import { brief, type Kind, tokenAt } from "./kind.ts";

export const keptKind: Kind<CellOf<"kept">> = {
  isThere: ({ dim }, { model }) => dim < model.headDim,
  where: ({ dim }, { layer, head, pos }, shown) =>
    `Layer ${layer}, the value that head ${head} reads, of ${tokenAt(shown, pos)}, dimension ${dim}`,
  formula: () => (
    <mrow>
      <mi>v</mi>
      <mo>=</mo>
      <mo>∑</mo>
      <mi>x</mi>
      <mo>·</mo>
      <mi>w</mi>
    </mrow>
  ),
  explained: () =>
    "The normed stream of this token, times one row of v_proj. It depends on this token and those before it, so it stays as it is when the text grows: it can be kept.",
  write: brief,
};
