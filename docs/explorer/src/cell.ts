/**
 * A chosen number, and how it is written in a link:
 *
 *     12,11    the weight of key 11 for query 12, of the layer and head that are chosen
 *     x5,17    dimension 17 of the stream at depth 5
 *     u312     unit 312 of the chosen layer's MLP
 *     d6,12    what the model would say at depth 6 after token 12
 *     n4,17    dimension 17 behind norm 4: 2i and 2i + 1 are those of layer i, the last is that before the logits
 *     q17, k17 dimension 17 of the turned query or key of the chosen layer and head
 *     v17      dimension 17 of the value that the cache keeps for the chosen head
 *     z17      dimension 17 of what the chosen head hands on
 *     p14      part 14 of the sum that makes a logit
 *     t305     token 305 as it is drawn
 *
 * @module
 */
export type Cell =
  | { readonly kind: "weight"; readonly query: number; readonly key: number }
  | { readonly kind: "stream"; readonly depth: number; readonly dim: number }
  | { readonly kind: "unit"; readonly unit: number }
  | { readonly kind: "lens"; readonly depth: number; readonly pos: number }
  | { readonly kind: "norm"; readonly norm: number; readonly dim: number }
  | { readonly kind: "turned"; readonly of: "q" | "k"; readonly dim: number }
  | { readonly kind: "kept"; readonly dim: number }
  | { readonly kind: "value"; readonly dim: number }
  | { readonly kind: "part"; readonly part: number }
  | { readonly kind: "draw"; readonly id: number };

export type CellOf<K extends Cell["kind"]> = Extract<Cell, { kind: K }>;

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
    case "norm":
      return `n${cell.norm},${cell.dim}`;
    case "turned":
      return `${cell.of}${cell.dim}`;
    case "kept":
      return `v${cell.dim}`;
    case "value":
      return `z${cell.dim}`;
    case "part":
      return `p${cell.part}`;
    case "draw":
      return `t${cell.id}`;
  }
}

export function parseCell(text: string): Cell | undefined {
  const [, letter, ...digits] = /^([a-z]?)(\d{1,6})(?:,(\d{1,6}))?$/.exec(text) ?? [];
  const [a, b] = digits.filter((part) => part !== undefined).map(Number);
  if (a === undefined) return undefined;
  if (b !== undefined) {
    if (letter === "") return { kind: "weight", query: a, key: b };
    if (letter === "x") return { kind: "stream", depth: a, dim: b };
    if (letter === "d") return { kind: "lens", depth: a, pos: b };
    if (letter === "n") return { kind: "norm", norm: a, dim: b };
    return undefined;
  }
  if (letter === "u") return { kind: "unit", unit: a };
  if (letter === "q" || letter === "k") return { kind: "turned", of: letter, dim: a };
  if (letter === "v") return { kind: "kept", dim: a };
  if (letter === "z") return { kind: "value", dim: a };
  if (letter === "p") return { kind: "part", part: a };
  if (letter === "t") return { kind: "draw", id: a };
  return undefined;
}
