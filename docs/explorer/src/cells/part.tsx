/** A part of the sum that makes a logit. @module */
import type { CellOf } from "../cell.ts";
import { partAt, partCount } from "../model-part.ts";
import { partWords } from "../off.ts";
import { PartFormula } from "../parts/formulas.tsx";
import { brief, type Kind, tokenAt } from "./kind.ts";

export const partKind: Kind<CellOf<"part">> = {
  isThere: ({ part }, { model }) => part < partCount(model.layers, model.heads),
  where: ({ part }, { pos }, shown) =>
    `${nameOf(part, shown.model.heads)}, in the logit at ${tokenAt(shown, pos)}`,
  formula: () => (
    <mrow>
      <mo>∑</mo>
      <PartFormula />
    </mrow>
  ),
  explained: () =>
    "The stream is a sum. With the scale of the last norm held as it was, a logit is a sum as well, and so is the difference of two. This is what one part puts into it.",
  write: brief,
};

function nameOf(index: number, heads: number): string {
  const part = partAt(index, heads);
  const words = part ? partWords(part) : "the embedding";
  return words[0].toUpperCase() + words.slice(1);
}
