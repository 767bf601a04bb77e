/** What the model would say at a depth. @module */
import type { CellOf } from "../cell.ts";
import { depthName } from "../depth-name.ts";
import { percent } from "../format.ts";
import { type Kind, tokenAt } from "./kind.ts";

export const lensKind: Kind<CellOf<"lens">> = {
  isThere: ({ depth, pos }, shown) => depth < shown.streams.length && pos === shown.pos,
  where: ({ depth, pos }, _, shown) =>
    `The stream read early: ${depthName(depth)}, at ${tokenAt(shown, pos)}`,
  formula: () => (
    <mrow>
      <mi>softmax</mi>
      <mo>(</mo>
      <mi>norm</mi>
      <mo>(</mo>
      <mi>x</mi>
      <mo>)</mo>
      <mo>·</mo>
      <msup>
        <mi>table</mi>
        <mi>T</mi>
      </msup>
      <mo>)</mo>
    </mrow>
  ),
  explained: ({ depth }) =>
    depth === 0
      ? "The stream goes through the last norm and the table at once. Gemma reads and writes with one table, so here each token names itself."
      : "The stream as it stands here goes through the last norm and the table, as if the layers that follow were not there.",
  write: percent,
};
