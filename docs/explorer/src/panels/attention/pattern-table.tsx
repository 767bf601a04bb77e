/**
 * The pattern of the head as a table: every query with every key of the window.
 * @module
 */
import { weight } from "../../format.ts";
import { AsTable } from "../../parts/as-table.tsx";
import { Piece } from "../../parts/piece.tsx";
import type { Attention } from "./question.ts";

export function PatternTable({ attention }: { attention: Attention }) {
  const { tokens, from, size, pattern, layer, head } = attention;
  const part =
    size < tokens.length
      ? `for keys ${from} to ${from + size - 1} of ${tokens.length}`
      : "each row sums to 1";
  const named = (i: number) => (
    <>
      <Piece piece={tokens[from + i].piece} /> <small>{from + i}</small>
    </>
  );
  return (
    <AsTable
      caption={`Weights of head ${layer}.${head} after the softmax; ${part}`}
      corner="query ↓ key →"
      rows={size}
      columns={size}
      rowHead={named}
      columnHead={named}
      cell={(row, column) => (column > row ? "hidden" : weight(pattern[row * size + column]))}
    />
  );
}
