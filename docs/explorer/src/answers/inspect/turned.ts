/**
 * A number of a query or a key, turned to its position: its pair is a point in a plane.
 * @module
 */
import { applyRope, ropeAngles } from "../../../../../src/nn/rope.ts";
import { float64 as precision } from "../../../../../src/tensor/precision.ts";
import type { CellOf } from "../../cell.ts";
import { mostRead } from "../most-read.ts";
import { asHead, rowOf } from "../rows.ts";
import type { Run, Subject } from "../subject.ts";
import type { Found } from "./inspect.ts";

/** @param cell a key is that of the token which the head reads most. */
export async function turnedFinding(
  { info, gemma }: Subject,
  run: Run,
  pos: number,
  layer: number,
  head: number,
  { of, dim: mark }: CellOf<"turned">,
): Promise<Found> {
  const { headDim: H, heads, keyHeads } = info;
  const { ropeTheta: theta } = gemma.config;
  const block = `blocks.${layer}.attn`;
  const plain = await run.more("attn.hook_q", "attn.hook_k");
  const isQuery = of === "q";
  const row = isQuery ? head : Math.floor((head * keyHeads) / heads);
  const at = isQuery ? pos : mostRead(run.cache.get(`${block}.hook_pattern`), head, pos);
  const before = rowOf(plain.get(`${block}.hook_${of}`), at, row);
  const values = rowOf(run.cache.get(`${block}.hook_rot_${of}`), at, row);
  const i = mark % (H / 2);
  const isFirst = mark === i;
  const { cos, sin } = ropeAngles(at, 1, H, { theta, precision });
  const again = applyRope(asHead(before), at, { theta, precision }).get(0, 0, mark);
  const [a, b] = [before[mark], before[isFirst ? i + H / 2 : i]];
  return {
    value: values[mark],
    bars: [
      { label: `${of}, as at position 0`, role: of, values: before, mark },
      { label: `${of}, turned to position ${at}`, role: of, values, mark },
    ],
    steps: [
      { label: `a, dimension ${mark} before`, value: a },
      { label: `b, dimension ${isFirst ? i + H / 2 : i} before`, value: b },
      { label: `φ = ${at} · ${theta}^(−${2 * i}/${H})`, value: at * theta ** ((-2 * i) / H) },
      { label: "cos φ", value: cos[i] },
      { label: "sin φ", value: sin[i] },
      {
        label: `a cos φ ${isFirst ? "−" : "+"} b sin φ`,
        value: a * cos[i] + (isFirst ? -b : b) * sin[i],
      },
    ],
    taps: [
      `${block}.hook_${of} [${at}, ${row}, :]`,
      `${block}.hook_rot_${of} [${at}, ${row}, ${mark}]`,
    ],
    check: { what: "applyRope() of this row", again, library: values[mark] },
    source: "src/nn/rope.ts",
  };
}
