/** The chance of a token when one is drawn. @module */
import type { CellOf } from "../cell.ts";
import { percent } from "../format.ts";
import { type Kind, tokenAt } from "./kind.ts";

export const drawKind: Kind<CellOf<"draw">> = {
  isThere: ({ id }, { model }) => id < model.vocabSize,
  where: ({ id }, { pos }, shown) => `Token ${id}, drawn after ${tokenAt(shown, pos)}`,
  formula: () => (
    <mrow>
      <mi>softmax</mi>
      <mo>(</mo>
      <mi>logit</mi>
      <mo>/</mo>
      <mi>T</mi>
      <mo>)</mo>
    </mrow>
  ),
  explained: () =>
    "Temperature divides the logits, top-p and top-k take away the rest, and what stays is divided by its sum.",
  write: percent,
};
