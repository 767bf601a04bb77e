/**
 * What a head does with the sentence, row by row.
 * @module
 */
import type { Example } from "./example.ts";

/** Row l of a head's pattern: its shares of tokens 0 … l. */
export function sharesOf(example: Example, block: number, head: number, l: number): number[] {
  const pattern = example.tap(`blocks.${block}.attn.hook_pattern`);
  return Array.from({ length: l + 1 }, (_, s) => pattern.get(head, l, s));
}

/** All rows of it. */
export function patternOf(example: Example, block: number, head: number): number[][] {
  return example.ids.map((_, l) => sharesOf(example, block, head, l));
}

/** The numbers of one head in a row of queries, keys, values or z. */
export function headRow(example: Example, tap: string, head: number, l: number): Float64Array {
  const { headDim: H } = example.model.config;
  return example.row(tap, l).slice(head * H, (head + 1) * H);
}
