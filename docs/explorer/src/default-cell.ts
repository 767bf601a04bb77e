/**
 * The numbers that are shown where none was chosen.
 * @module
 */
import type { Cell } from "./cell.ts";
import type { Overview } from "./messages.ts";
import { partIndex } from "./model-part.ts";
import type { Panel } from "./panels/names.ts";

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

/** What is looked at first in a panel; undefined where that is the same as on the first screen. */
export function cellOfPanel(
  panel: Panel | undefined,
  shown: Overview,
  layer: number,
  head: number,
): Cell | undefined {
  switch (panel) {
    case "lens":
      return surestCell(shown);
    case "tokenizer":
      return { kind: "stream", depth: 0, dim: 0 };
    case "rmsnorm": {
      const end = shown.streams.length - 1; // the norm before the logits, which has most to do
      return { kind: "norm", norm: end, dim: furthest(shown.streams[end].values) };
    }
    case "rope":
      return { kind: "turned", of: "q", dim: 0 };
    case "geglu":
      return { kind: "unit", unit: shown.layers[layer].largest };
    case "attribution":
    case "off":
      return { kind: "part", part: partIndex(layer, head, shown.model.heads) };
    case "sampling":
      return { kind: "draw", id: shown.next[0].id };
    case "cache":
      return { kind: "kept", dim: 0 };
    default:
      return undefined;
  }
}

/** The number that is furthest from 0. */
function furthest(values: ArrayLike<number>): number {
  let at = 0;
  for (let i = 1; i < values.length; i++) {
    if (Math.abs(values[i]) > Math.abs(values[at])) at = i;
  }
  return at;
}

/** In the lens, the depth where the word that comes next is surest. */
function surestCell({ streams, next, pos }: Overview): Cell {
  const chances = streams.map(({ lens: [first] }) => (first.id === next[0].id ? first.chance : 0));
  return { kind: "lens", depth: chances.indexOf(Math.max(...chances)), pos };
}
