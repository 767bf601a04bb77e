/** A number of a query or a key, turned to its position. @module */
import type { CellOf } from "../cell.ts";
import { AngleFormula } from "../parts/formulas.tsx";
import { brief, type Kind, tokenAt } from "./kind.ts";

export const turnedKind: Kind<CellOf<"turned">> = {
  isThere: ({ dim }, { model }) => dim < model.headDim,
  where({ of, dim }, { layer, head, pos }, shown) {
    const reads = shown.layers[layer]?.heads[head]?.reads ?? 0;
    const whose =
      of === "q"
        ? `the query of ${tokenAt(shown, pos)}`
        : `the key of ${tokenAt(shown, reads)}, which is read most`;
    return `Layer ${layer}, head ${head}, ${whose}, dimension ${dim}`;
  },
  formula: () => (
    <mrow>
      <mi>a</mi>
      <mi>cos</mi>
      <mi>φ</mi>
      <mo>∓</mo>
      <mi>b</mi>
      <mi>sin</mi>
      <mi>φ</mi>
      <mo>,</mo>
      <mspace width="0.6em" />
      <AngleFormula />
    </mrow>
  ),
  explained: () =>
    "Dimension i and dimension i + H/2 are a point in a plane. RoPE turns it by an angle that grows with the position of its token.",
  write: brief,
};
