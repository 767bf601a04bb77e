/**
 * A chosen number, and how it is written in a link:
 *
 *     12,11    the weight of key 11 for query 12, of the layer and head that are chosen
 *     x5,17    dimension 17 of the stream at depth 5
 *     u312     unit 312 of the chosen layer's MLP
 *     d6,12    what the model would say at depth 6 after token 12
 *
 * @module
 */
export type Cell =
  | { readonly kind: "weight"; readonly query: number; readonly key: number }
  | { readonly kind: "stream"; readonly depth: number; readonly dim: number }
  | { readonly kind: "unit"; readonly unit: number }
  | { readonly kind: "lens"; readonly depth: number; readonly pos: number };

export function cellText(cell: Cell): string {
  switch (cell.kind) {
    case "weight":
      return `${cell.query},${cell.key}`;
    case "stream":
      return `x${cell.depth},${cell.dim}`;
    case "unit":
      return `u${cell.unit}`;
    case "lens":
      return `d${cell.depth},${cell.pos}`;
  }
}

export function parseCell(text: string): Cell | undefined {
  const [, letter, a, b] = /^([xud]?)(\d{1,6})(?:,(\d{1,6}))?$/.exec(text) ?? [];
  if (a === undefined || (letter === "u") === (b !== undefined)) return undefined;
  const [first, second] = [Number(a), Number(b)];
  if (letter === "x") return { kind: "stream", depth: first, dim: second };
  if (letter === "d") return { kind: "lens", depth: first, pos: second };
  if (letter === "u") return { kind: "unit", unit: first };
  return { kind: "weight", query: first, key: second };
}
