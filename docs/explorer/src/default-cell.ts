/**
 * The numbers that are shown where none was chosen.
 * @module
 */
import type { Cell } from "./cell.ts";
import type { Overview } from "./messages.ts";

/**
 * A head that reads the word that comes next, the one in the lowest
 * layer; where there is none, the largest weight of the last layer.
 */
export function defaultCell({ tokens, pos, layers, next }: Overview): {
  layer: number;
  head: number;
  cell: Cell;
} {
  const all = layers.flatMap(({ heads }, layer) => heads.map((h, head) => ({ ...h, layer, head })));
  const telling = all.find(({ reads, weight }) => tokens[reads].id === next[0].id && weight > 0.5);
  const last = all.filter(({ layer }) => layer === layers.length - 1);
  const { layer, head, reads } = telling ?? last.reduce((a, b) => (b.weight > a.weight ? b : a));
  return { layer, head, cell: { kind: "weight", query: pos, key: reads } };
}

/** In the lens, the depth where the word that comes next is surest. */
export function surestCell({ streams, next, pos }: Overview): Cell {
  const chances = streams.map(({ lens: [first] }) => (first.id === next[0].id ? first.chance : 0));
  return { kind: "lens", depth: chances.indexOf(Math.max(...chances)), pos };
}
