/**
 * The parts of the sum that is the stream, as they are numbered on the page: 0 is the embedding; each layer has its heads,
 * then its MLP. It is the order in which the library's attribution has them.
 * @module
 */
import type { OffPart } from "./off.ts";

/** What can be switched off of part `index`: of the embedding undefined. */
export function partAt(
  index: number,
  heads: number,
): Exclude<OffPart, { kind: "unit" }> | undefined {
  if (index === 0) return undefined;
  const layer = Math.floor((index - 1) / (heads + 1));
  const head = (index - 1) % (heads + 1);
  return head === heads ? { kind: "mlp", layer } : { kind: "head", layer, head };
}

/** The number of a head; of the MLP, if `head` is the number of heads. */
export function partIndex(layer: number, head: number, heads: number): number {
  return 1 + layer * (heads + 1) + head;
}

export const partCount = (layers: number, heads: number): number => 1 + layers * (heads + 1);
