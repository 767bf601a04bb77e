/**
 * One head's attention, in its four stages: q · k, divided by √H, masked, softmax. The second and the third follow from
 * the first, so only the first and the last are handed on.
 * @module
 */
import { productsOf, rowOf, sumOf } from "../../answers/rows.ts";
import type { Subject } from "../../answers/subject.ts";
import { windowOf } from "../../answers/window.ts";
import type { Attention, AttentionQuestion } from "./question.ts";

export async function attentionOf(
  subject: Subject,
  { prompt, pos, layer, head }: AttentionQuestion["ask"],
): Promise<Attention> {
  const { tokens, cache } = await subject.run(prompt);
  const { heads, keyHeads, headDim } = subject.info;
  const block = `blocks.${layer}.attn`;
  const q = cache.get(`${block}.hook_rot_q`);
  const k = cache.get(`${block}.hook_rot_k`);
  const weights = cache.get(`${block}.hook_pattern`);
  const keyHead = Math.floor((head * keyHeads) / heads);
  const product = (query: number, key: number) =>
    sumOf(productsOf(rowOf(q, query, head), rowOf(k, key, keyHead)));
  const { from, size } = windowOf(tokens.length, pos);
  const map = (of: (query: number, key: number) => number) =>
    Float64Array.from({ length: size * size }, (_, i) =>
      of(from + Math.floor(i / size), from + (i % size)),
    );
  const row = (of: (key: number) => number) =>
    Float64Array.from({ length: pos + 1 }, (_, key) => of(key));
  return {
    prompt,
    layer,
    head,
    pos,
    tokens,
    from,
    size,
    divisor: Math.sqrt(headDim),
    products: map(product),
    pattern: map((query, key) => weights.get(head, query, key)),
    rowProducts: row((key) => product(pos, key)),
    rowPattern: row((key) => weights.get(head, pos, key)),
  };
}
