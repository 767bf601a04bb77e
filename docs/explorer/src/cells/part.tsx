/** A part of the sum that makes a logit. @module */
import type { CellOf } from "../cell.ts";
import { brief, type Kind, tokenAt } from "./kind.ts";

export const partKind: Kind<CellOf<"part">> = {
  isThere: ({ part }, { model, layers }) => part < 1 + layers.length * (model.heads + 1),
  where: ({ part }, { pos }, shown) =>
    `${partName(part, shown.model.heads)}, in the logit at ${tokenAt(shown, pos)}`,
  formula: () => (
    <mrow>
      <mo>∑</mo>
      <mfrac>
        <mi>part</mi>
        <mi>scale</mi>
      </mfrac>
      <mo>·</mo>
      <mo>(</mo>
      <mn>1</mn>
      <mo>+</mo>
      <mi>w</mi>
      <mo>)</mo>
      <mo>·</mo>
      <mi>row</mi>
    </mrow>
  ),
  explained: () =>
    "The stream is a sum, and with the scale of the last norm held as it was the logit is a sum as well: this is what one part of it gives.",
  write: brief,
};

/** Part 0 is the embedding; each layer has its heads, then its MLP. */
export function partName(part: number, heads: number): string {
  if (part === 0) return "The embedding";
  const layer = Math.floor((part - 1) / (heads + 1));
  const which = (part - 1) % (heads + 1);
  return which === heads ? `The MLP of layer ${layer}` : `Head ${layer}.${which}`;
}
