/** A number behind a norm. @module */
import type { CellOf } from "../cell.ts";
import { NormFormula } from "../parts/formulas.tsx";
import { brief, type Kind, tokenAt } from "./kind.ts";

export const normKind: Kind<CellOf<"norm">> = {
  isThere: ({ norm, dim }, { layers, streams }) =>
    norm <= 2 * layers.length && dim < streams[0].values.length,
  where: ({ norm, dim }, { pos }, shown) =>
    `${normName(norm, shown.layers.length)}, at ${tokenAt(shown, pos)}, dimension ${dim}`,
  formula: () => <NormFormula />,
  explained: () =>
    "The stream over its own root mean square, then times one plus a learned weight: so every step reads numbers of the same size.",
  write: brief,
};

/** Norm 2i is that before the attention of layer i, 2i + 1 that before its MLP. */
export function normName(norm: number, layers: number): string {
  if (norm === 2 * layers) return "The last norm";
  return `The norm before the ${norm % 2 === 0 ? "attention" : "MLP"} of layer ${norm >> 1}`;
}
