/**
 * What the model would say at a depth: the norm of the stream there, times the rows of the table.
 * @module
 */
import { softmax } from "../../../../../src/nn/softmax.ts";
import { float64 as precision } from "../../../../../src/tensor/precision.ts";
import type { Cell } from "../../cell.ts";
import { lensRows, topOf } from "../lens-rows.ts";
import { asRow, productsOf, rowOf } from "../rows.ts";
import { streamTap } from "../streams.ts";
import type { Run, Subject } from "../subject.ts";
import type { Found } from "./inspect.ts";

export function lensFinding(
  subject: Subject,
  { cache }: Run,
  { depth, pos }: Extract<Cell, { kind: "lens" }>,
): Found {
  const end = 2 * subject.info.layers;
  const streams = [depth, end].map((d) => rowOf(cache.get(streamTap(d)), pos));
  const { normed, logits, chances } = lensRows(subject, streams);
  const tops = topOf(subject, chances, 0, 5);
  const [{ id, chance }] = tops;
  const products = productsOf(rowOf(normed, 0), rowOf(subject.head, id));
  // The same way at the end of the stream has to give the model's own answer.
  const own = softmax(asRow(rowOf(cache.get("logits"), pos)), { precision });
  const [{ id: said, chance: again }] = topOf(subject, chances, 1, 1);
  return {
    value: chance,
    tops,
    bars: [{ label: `norm(x) × row ${id} of the table`, values: products }],
    steps: [{ label: "their sum, the logit", value: logits.get(0, id) }],
    taps: [`${streamTap(depth)} [${pos}, :]`],
    check: {
      // The library has logits at the end only.
      claim: depth === end ? undefined : "the top row equals the logits",
      what: "norm, table and softmax at the end of the stream",
      again,
      library: own.get(0, said),
    },
    source: "src/nn/rmsnorm.ts",
  };
}
