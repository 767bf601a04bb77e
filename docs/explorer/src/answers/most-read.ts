/** The key that a head reads most. @module */
import type { NdArray } from "../../../../src/tensor/tensor.ts";

/** @param pattern `attn.hook_pattern`, [N, L, L]; of equal weights the earlier one. */
export function mostRead(pattern: NdArray, head: number, query: number): number {
  let key = 0;
  for (let s = 1; s <= query; s++) {
    if (pattern.get(head, query, s) > pattern.get(head, query, key)) key = s;
  }
  return key;
}
