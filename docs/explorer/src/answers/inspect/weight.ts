/**
 * A weight of attention: softmax over the keys of q · k / √H.
 * @module
 */
import { attention } from "../../../../../src/nn/attention.ts";
import { float64 as precision, zeros } from "../../../../../src/tensor/precision.ts";
import { tensor } from "../../../../../src/tensor/tensor.ts";
import type { Cell } from "../../cell.ts";
import { productsOf, rowOf, sumOf } from "../rows.ts";
import type { Run, Subject } from "../subject.ts";
import type { Found } from "./inspect.ts";

export function weightFinding(
  { info }: Subject,
  { cache }: Run,
  layer: number,
  head: number,
  { query, key }: Extract<Cell, { kind: "weight" }>,
): Found {
  const { headDim: H, heads, keyHeads } = info;
  const block = `blocks.${layer}.attn`;
  const keyHead = Math.floor((head * keyHeads) / heads);
  const rotQ = cache.get(`${block}.hook_rot_q`);
  const rotK = cache.get(`${block}.hook_rot_k`);
  const q = rowOf(rotQ, query, head);
  const k = rowOf(rotK, key, keyHead);
  const products = productsOf(q, k);
  const sum = sumOf(products);
  const shown = {
    bars: [
      { label: `q, turned to position ${query}`, role: "q" as const, values: q },
      { label: `k, turned to position ${key}`, role: "k" as const, values: k },
      { label: `q × k, ${H} products`, values: products },
    ],
    source: "src/nn/attention.ts",
  };
  const steps = [
    { label: "their sum, q · k", value: sum },
    { label: `÷ √${H}`, value: sum / Math.sqrt(H) },
  ];
  const taps = [
    `${block}.hook_rot_q [${query}, ${head}, :]`,
    `${block}.hook_rot_k [${key}, ${keyHead}, :]`,
  ];
  if (key > query) return { ...shown, steps, taps, value: undefined };

  // Again, by the definition: this query, and all the keys it sees.
  const seen = query + 1;
  const keys = tensor(new Float64Array(seen * H), [seen, 1, H]);
  for (let s = 0; s < seen; s++) keys.data.set(rowOf(rotK, s, keyHead), s * H);
  const scores = zeros([1, 1, seen], precision);
  const pattern = zeros([1, 1, seen], precision);
  attention(tensor(q, [1, 1, H]), keys, keys, { pos: query, precision, scores, pattern });
  const again = pattern.get(0, 0, key);

  const highest = Math.max(...scores.data);
  const exp = (s: number) => Math.exp(scores.get(0, 0, s) - highest);
  const total = sumOf(Array.from({ length: seen }, (_, s) => exp(s)));
  const library = cache.get(`${block}.hook_pattern`).get(head, query, key);
  return {
    ...shown,
    value: library,
    steps: [
      ...steps,
      { label: "exp(score − row’s highest)", value: exp(key) },
      { label: "÷ row’s sum of these", value: exp(key) / total },
    ],
    taps: [...taps, `${block}.hook_pattern [${head}, ${query}, ${key}]`],
    check: { what: "attention() of q and the keys up to it", again, library },
  };
}
