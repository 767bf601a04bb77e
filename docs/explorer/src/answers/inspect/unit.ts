/**
 * A unit of an MLP: GELU of its gate, times its up.
 * @module
 */
import { geglu, gelu } from "../../../../../src/nn/geglu.ts";
import { linear } from "../../../../../src/nn/linear.ts";
import { float64 as precision } from "../../../../../src/tensor/precision.ts";
import type { Cell } from "../../cell.ts";
import { asRow, productsOf, rowOf } from "../rows.ts";
import type { Run, Subject } from "../subject.ts";
import type { Found } from "./inspect.ts";

export async function unitFinding(
  subject: Subject,
  { cache }: Run,
  pos: number,
  layer: number,
  { unit }: Extract<Cell, { kind: "unit" }>,
): Promise<Found> {
  const block = `blocks.${layer}`;
  const x = rowOf(cache.get(`${block}.ln2.hook_out`), pos);
  const weights = async (which: string) =>
    rowOf(await subject.weight(`model.layers.${layer}.mlp.${which}_proj.weight`), unit);
  const gateRow = await weights("gate");
  const upRow = await weights("up");
  const gate = linear(asRow(x), asRow(gateRow), { precision });
  const up = linear(asRow(x), asRow(upRow), { precision });
  const again = geglu(gate, up, { precision }).get(0, 0);
  const library = cache.get(`${block}.mlp.hook_post`).get(pos, unit);
  return {
    value: library,
    bars: [
      { label: "norm(x) × gate’s row", role: "gate", values: productsOf(x, gateRow) },
      { label: "norm(x) × up’s row", role: "up", values: productsOf(x, upRow) },
    ],
    steps: [
      { label: "gate, the sum of the first", value: gate.get(0, 0) },
      { label: "GELU(gate)", value: gelu(gate.get(0, 0)) },
      { label: "up, the sum of the second", value: up.get(0, 0) },
      { label: "GELU(gate) · up", value: gelu(gate.get(0, 0)) * up.get(0, 0) },
    ],
    taps: [
      `${block}.mlp.hook_pre [${pos}, ${unit}]`,
      `${block}.mlp.hook_pre_linear [${pos}, ${unit}]`,
      `${block}.mlp.hook_post [${pos}, ${unit}]`,
    ],
    check: { what: "geglu() of linear() of both", again, library },
    source: "src/nn/geglu.ts",
  };
}
