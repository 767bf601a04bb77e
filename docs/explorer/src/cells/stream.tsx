/** A number of the stream. @module */
import type { CellOf } from "../cell.ts";
import { depthName } from "../depth-name.ts";
import { brief, type Kind, tokenAt } from "./kind.ts";

export const streamKind: Kind<CellOf<"stream">> = {
  isThere: ({ depth, dim }, { streams }) =>
    depth < streams.length && dim < streams[0].values.length,
  where: ({ depth, dim }, { pos }, shown) =>
    `The stream, ${depthName(depth)}, at ${tokenAt(shown, pos)}, dimension ${dim}`,
  formula: ({ depth }) =>
    depth === 0 ? (
      <mrow>
        <mi>table</mi>
        <mo>[</mo>
        <mi>id</mi>
        <mo>]</mo>
        <mo>·</mo>
        <msqrt>
          <mi>D</mi>
        </msqrt>
      </mrow>
    ) : (
      <mrow>
        <mi>x</mi>
        <mo>+</mo>
        <mi>{depth % 2 === 1 ? "attention" : "MLP"}</mi>
        <mo>(</mo>
        <mi>norm</mi>
        <mo>(</mo>
        <mi>x</mi>
        <mo>)</mo>
        <mo>)</mo>
      </mrow>
    ),
  explained: ({ depth }) =>
    depth === 0
      ? "The token’s row of the table, times √D. All that follows is added to it."
      : "The stream is a running sum: every layer adds twice, and nothing is replaced.",
  write: brief,
};
