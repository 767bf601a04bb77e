/**
 * What kind of number it is, in a sentence or two.
 * @module
 */
import type { Cell } from "../cell.ts";

export function Explained({ cell, isHidden }: { cell: Cell; isHidden: boolean }) {
  return <p class="explained">{isHidden ? HIDDEN : textFor(cell)}</p>;
}

const HIDDEN =
  "A key that comes after the query. The model never looks at it: this product is computed for the picture alone.";

function textFor(cell: Cell): string {
  switch (cell.kind) {
    case "weight":
      return "How much of this key’s value the head hands on to the query. The weights of a row sum to 1.";
    case "stream":
      return cell.depth === 0
        ? "The token’s row of the table, times √D. All that follows is added to it."
        : "The stream is a running sum: every layer adds twice, and nothing is replaced.";
    case "unit":
      return "The gate decides how far the unit opens, and up decides what comes through. It fires when it is over 5 % of the layer’s largest.";
    case "lens":
      return cell.depth === 0
        ? "The stream goes through the last norm and the table at once. Gemma reads and writes with one table, so here each token names itself."
        : "The stream as it stands here goes through the last norm and the table, as if the layers that follow were not there.";
  }
}
