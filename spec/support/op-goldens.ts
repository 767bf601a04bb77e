/** The goldens of single components, fixtures/ops.npz: gemma_pytorch's own functions. */
import type { Components } from "../../src/backend/cpu/cpu.ts";
import { maxAbs, maxError } from "../../src/conformance/metrics.ts";
import type { Precision } from "../../src/tensor/precision.ts";
import { type NdArray, tensor } from "../../src/tensor/tensor.ts";
import { golden, goldens } from "./goldens.ts";

const FILE = "ops.npz";
export const FLOAT32_EPS = 2 ** -23;

/** Numbers by their name: `rope.0.positions`. */
export function opGolden(name: string): Float64Array {
  return golden(FILE, name);
}

/** A tensor by its name: `rms_norm.0.x`. */
export function opTensor(name: string): NdArray {
  const { shape } = goldens(FILE).get(name) ?? { shape: [] };
  return tensor(opGolden(name), shape);
}

/** `rmsNorm` of case `i` of 0..3. */
export function rmsNormOf(
  i: number,
  rmsNorm: Components["rmsNorm"],
  precision: Precision,
): NdArray {
  const name = `rms_norm.${i}`;
  const [eps] = opGolden(`${name}.eps`);
  return rmsNorm(opTensor(`${name}.x`), opTensor(`${name}.weight`), { eps, precision });
}

/** How far a float32 result is from Google's float64, in units of the bar: at most 1 is as good as theirs. */
export function float32Distance(name: string, { data }: NdArray): number {
  const truth = opGolden(`${name}.y.f64`);
  const theirs = maxError(opGolden(`${name}.y.f32`), truth);
  // Half a unit in the last place of the largest value: even a perfect result is rounded once.
  return maxError(data, truth) / Math.max(2 * theirs, (maxAbs(truth) * FLOAT32_EPS) / 2);
}
