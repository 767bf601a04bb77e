/**
 * A number of a value that the cache keeps: the normed stream of its token, times a row of v_proj.
 * @module
 */
import { linear } from "../../../../../src/nn/linear.ts";
import { float64 as precision } from "../../../../../src/tensor/precision.ts";
import type { CellOf } from "../../cell.ts";
import { asRow, productsOf, rowOf, sumOf } from "../rows.ts";
import type { Run, Subject } from "../subject.ts";
import type { Found } from "./inspect.ts";

export async function keptFinding(
  subject: Subject,
  { cache, more }: Run,
  pos: number,
  layer: number,
  head: number,
  { dim }: CellOf<"kept">,
): Promise<Found> {
  const { headDim: H, heads, keyHeads } = subject.info;
  const block = `blocks.${layer}`;
  const keyHead = Math.floor((head * keyHeads) / heads);
  const column = keyHead * H + dim;
  const input = `${block}.ln1.hook_out`;
  const x = rowOf((await more(input)).get(input), pos);
  const name = `model.layers.${layer}.self_attn.v_proj.weight`;
  const w = rowOf(await subject.weight(name), column);
  const products = productsOf(x, w);
  const library = cache.get(`${block}.attn.hook_v`).get(pos, keyHead, dim);
  return {
    value: library,
    bars: [
      { label: "x, the normed stream", values: x },
      { label: `w, row ${column} of v_proj`, role: "v", values: w },
      { label: `x × w, ${x.length} products`, values: products },
    ],
    steps: [{ label: "their sum", value: sumOf(products) }],
    taps: [`${input} [${pos}, :]`, `${block}.attn.hook_v [${pos}, ${keyHead}, ${dim}]`],
    check: {
      what: "linear() of x and this row of v_proj",
      again: linear(asRow(x), asRow(w), { precision }).get(0, 0),
      library,
    },
    source: "src/nn/linear.ts",
  };
}
