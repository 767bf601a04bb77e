/**
 * A number behind a norm: that of the stream, over the root mean square of all of it, times one plus a weight.
 * @module
 */
import { rmsNorm } from "../../../../../src/nn/rmsnorm.ts";
import { float64 as precision } from "../../../../../src/tensor/precision.ts";
import type { CellOf } from "../../cell.ts";
import { gainOf, normRow } from "../norms.ts";
import { asRow, sumOf } from "../rows.ts";
import type { Run, Subject } from "../subject.ts";
import type { Found } from "./inspect.ts";

export async function normFinding(
  subject: Subject,
  run: Run,
  pos: number,
  { norm, dim: mark }: CellOf<"norm">,
): Promise<Found> {
  const { taps, x, scale, normalized, weight, out } = await normRow(subject, run, pos, norm);
  const { rmsNormEps: eps } = subject.gemma.config;
  const gain = gainOf(weight);
  const squares = x.map((value) => value ** 2);
  const again = rmsNorm(asRow(x), weight, { eps, precision }).get(0, mark);
  return {
    value: out[mark],
    bars: [
      { label: "the stream, x", values: x, mark },
      { label: "÷ its root mean square", values: normalized, mark },
      { label: "1 + w, learned", values: gain, mark },
    ],
    steps: [
      { label: "x", value: x[mark] },
      { label: `mean of all ${x.length} x²`, value: sumOf(squares) / x.length },
      { label: "√(that + ε), the scale", value: scale },
      { label: "x ÷ scale", value: normalized[mark] },
      { label: "1 + w", value: gain[mark] },
      { label: "their product", value: normalized[mark] * gain[mark] },
    ],
    taps: [
      `${taps.read} [${pos}, :]`,
      `${taps.scale} [${pos}, 0]`,
      `${taps.normalized} [${pos}, ${mark}]`,
      `${taps.out} [${pos}, ${mark}]`,
    ],
    check: { what: "rmsNorm() of this row", again, library: out[mark] },
    source: "src/nn/rmsnorm.ts",
  };
}
