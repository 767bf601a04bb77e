/**
 * A number that a head hands on: the values of the tokens that it sees, each times its weight.
 * @module
 */
import { attention } from "../../../../../src/nn/attention.ts";
import { float64 as precision } from "../../../../../src/tensor/precision.ts";
import { type NdArray, tensor } from "../../../../../src/tensor/tensor.ts";
import type { CellOf } from "../../cell.ts";
import { productsOf, rowOf, sumOf } from "../rows.ts";
import type { Run, Subject } from "../subject.ts";
import type { Found } from "./inspect.ts";

export function valueFinding(
  { info }: Subject,
  { cache }: Run,
  pos: number,
  layer: number,
  head: number,
  { dim }: CellOf<"value">,
): Found {
  const { headDim: H, heads, keyHeads } = info;
  const block = `blocks.${layer}.attn`;
  const keyHead = Math.floor((head * keyHeads) / heads);
  const seen = pos + 1;
  const pattern = cache.get(`${block}.hook_pattern`);
  const v = cache.get(`${block}.hook_v`);
  const weights = Float64Array.from({ length: seen }, (_, s) => pattern.get(head, pos, s));
  const values = Float64Array.from({ length: seen }, (_, s) => v.get(s, keyHead, dim));
  const products = productsOf(weights, values);
  const most = weights.indexOf(Math.max(...weights));
  const rows = (x: NdArray) => {
    const all = tensor(new Float64Array(seen * H), [seen, 1, H]);
    for (let s = 0; s < seen; s++) all.data.set(rowOf(x, s, keyHead), s * H);
    return all;
  };
  const q = tensor(rowOf(cache.get(`${block}.hook_rot_q`), pos, head), [1, 1, H]);
  const k = rows(cache.get(`${block}.hook_rot_k`));
  const again = attention(q, k, rows(v), { pos, precision }).get(0, 0, dim);
  const library = cache.get(`${block}.hook_z`).get(pos, head, dim);
  return {
    value: library,
    bars: [
      { label: `weights of ${seen} tokens`, values: weights, mark: most },
      { label: `their values, dimension ${dim}`, role: "v", values, mark: most },
      { label: "weight × value", values: products, mark: most },
    ],
    steps: [
      { label: `the largest weight, of token ${most}`, value: weights[most] },
      { label: "its product", value: products[most] },
      { label: "the sum of all", value: sumOf(products) },
    ],
    taps: [
      `${block}.hook_pattern [${head}, ${pos}, :]`,
      `${block}.hook_v [:, ${keyHead}, ${dim}]`,
      `${block}.hook_z [${pos}, ${head}, ${dim}]`,
    ],
    check: { what: "attention() of q, the keys and the values", again, library },
    source: "src/nn/attention.ts",
  };
}
