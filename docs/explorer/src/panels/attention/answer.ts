/**
 * One head's attention, in its four stages: q · k, divided by √H, masked, softmax. The second and the third follow from
 * the first, so only the first and the last are handed on.
 * @module
 */
import type { ActivationCache } from "../../../../../src/interp/run/activation-cache.ts";
import { productsOf, rowOf, sumOf } from "../../answers/rows.ts";
import type { Subject } from "../../answers/subject.ts";
import { windowOf } from "../../answers/window.ts";
import type { Attention, AttentionQuestion } from "./question.ts";

export async function attentionOf(
  subject: Subject,
  { prompt, pos, layer, head, isAll }: AttentionQuestion["ask"],
): Promise<Attention> {
  const { tokens, cache } = await subject.run(prompt);
  const { layers, heads, keyHeads, headDim } = subject.info;
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
    z: rowOf(cache.get(`${block}.hook_z`), pos, head),
    all: isAll ? patternsOf(cache, layers, heads, from, size) : undefined,
  };
}

function patternsOf(
  cache: ActivationCache,
  layers: number,
  heads: number,
  from: number,
  size: number,
): Float64Array {
  const all = new Float64Array(layers * heads * size * size);
  let at = 0;
  for (let layer = 0; layer < layers; layer++) {
    const pattern = cache.get(`blocks.${layer}.attn.hook_pattern`);
    for (let head = 0; head < heads; head++) {
      for (let query = 0; query < size; query++) {
        for (let key = 0; key < size; key++) {
          all[at++] = pattern.get(head, from + query, from + key);
        }
      }
    }
  }
  return all;
}
