/** A weight of attention. @module */
import type { CellOf } from "../cell.ts";
import { activation, weight } from "../format.ts";
import { type Kind, tokenAt } from "./kind.ts";

export const weightKind: Kind<CellOf<"weight">> = {
  isThere: ({ query, key }, { tokens, pos }) => query === pos && key < tokens.length,
  where: ({ query, key }, { layer, head }, shown) =>
    `Layer ${layer}, head ${head}, query ${tokenAt(shown, query)}, key ${tokenAt(shown, key)}`,
  formula: () => (
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
  ),
  explained: ({ query, key }) =>
    key > query
      ? "A key that comes after the query. The model never looks at it: this product is computed for the picture alone."
      : "How much of this key’s value the head hands on to the query. The weights of a row sum to 1.",
  write: weight,
  writeStep: (value, i) => (i > 1 ? weight(value) : activation(value)),
};
