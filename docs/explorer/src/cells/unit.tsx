/** A unit of an MLP. @module */
import type { CellOf } from "../cell.ts";
import { brief, type Kind, tokenAt } from "./kind.ts";

export const unitKind: Kind<CellOf<"unit">> = {
  isThere: ({ unit }, { layers }) => unit < layers[0].units.length,
  where: ({ unit }, { layer, pos }, shown) =>
    `Layer ${layer}, MLP, at ${tokenAt(shown, pos)}, unit ${unit}`,
  formula: () => (
    <mrow>
      <mi>GELU</mi>
      <mo>(</mo>
      <mi>gate</mi>
      <mo>)</mo>
      <mo>·</mo>
      <mi>up</mi>
    </mrow>
  ),
  explained: () =>
    "The gate decides how far the unit opens, and up decides what comes through. It fires when it is over 5 % of the layer’s largest.",
  write: brief,
};
