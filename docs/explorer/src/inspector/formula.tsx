/**
 * The formula behind a number, as MathML.
 * @module
 */
import type { Cell } from "../cell.ts";

export function Formula({ cell }: { cell: Cell }) {
  return <math display="block">{formulaOf(cell)}</math>;
}

function formulaOf(cell: Cell) {
  switch (cell.kind) {
    case "weight":
      return (
        <mrow>
          <mi>softmax</mi>
          <mo>(</mo>
          <mi>q</mi>
          <mo>·</mo>
          <mi>k</mi>
          <mo>/</mo>
          <msqrt>
            <mi>H</mi>
          </msqrt>
          <mo>)</mo>
        </mrow>
      );
    case "stream":
      if (cell.depth === 0) {
        return (
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
        );
      }
      return (
        <mrow>
          <mi>x</mi>
          <mo>+</mo>
          <mi>{cell.depth % 2 === 1 ? "attention" : "MLP"}</mi>
          <mo>(</mo>
          <mi>norm</mi>
          <mo>(</mo>
          <mi>x</mi>
          <mo>)</mo>
          <mo>)</mo>
        </mrow>
      );
    case "unit":
      return (
        <mrow>
          <mi>GELU</mi>
          <mo>(</mo>
          <mi>gate</mi>
          <mo>)</mo>
          <mo>·</mo>
          <mi>up</mi>
        </mrow>
      );
    case "lens":
      return (
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
      );
  }
}
