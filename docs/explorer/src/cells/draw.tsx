/** The chance of a token when one is drawn. @module */
import type { CellOf } from "../cell.ts";
import { activation, finePercent, pieceText, weight } from "../format.ts";
import { type Kind, tokenAt } from "./kind.ts";

/** The logit, and the logit over T: what follows are chances. */
const LOGITS = 2;

export const drawKind: Kind<CellOf<"draw">> = {
  isThere: ({ id }, { model }) => id < model.vocabSize,
  where: ({ id }, { pos, tops }, shown) =>
    `${tops ? `“${pieceText(tops[0].piece)}”` : `Token ${id}`}, drawn after ${tokenAt(shown, pos)}`,
  formula: () => (
    <mrow>
      <mi>softmax</mi>
      <mo>(</mo>
      <mi>logit</mi>
      <mo>/</mo>
      <mi>T</mi>
      <mo>)</mo>
      <mo>,</mo>
      <mspace width="0.4em" />
      <mi>cut</mi>
      <mo>,</mo>
      <mspace width="0.4em" />
      <mo>÷</mo>
      <mi>∑</mi>
    </mrow>
  ),
  explained: () =>
    "Temperature divides the logits. Top-p drops a token once those before it sum to more than p. Top-k keeps the first k of what is left, and what stays is divided by its sum.",
  write: (value) => (value === 0 ? "never" : finePercent(value)),
  writeStep: (value, i) => (i < LOGITS ? activation(value) : weight(value)),
};
