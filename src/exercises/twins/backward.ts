/**
 * Ways back of the road's functions, one row or head at a time: right ones by nn/backward, and the mistakes that are made.
 * @module
 */
import { erf } from "../../conformance/mutants/gelu.ts";
import { attentionBackward } from "../../nn/backward/attention.ts";
import { gegluBackward } from "../../nn/backward/geglu.ts";
import { rmsNormBackward } from "../../nn/backward/rmsnorm.ts";
import { applyRopeBackward } from "../../nn/backward/rope.ts";
import { softmaxBackward } from "../../nn/backward/softmax.ts";
import { gelu } from "../../nn/geglu.ts";
import { float64 } from "../../tensor/precision.ts";
import { type NdArray, tensor } from "../../tensor/tensor.ts";
import type { Row, Rows, Twin } from "../parts.ts";

const precision = float64;
const one = (x: Row): NdArray => tensor(x, [1, x.length]);
const numbers = ({ data }: NdArray): Row => Float64Array.from(data);

/** A way back at x, given what the forward was told. */
export type Backward = Twin["backward"];

/** Of RMSNorm. */
export function rmsNormTwin(weight: Row, eps: number): Backward {
  return (dy, x) =>
    numbers(rmsNormBackward(one(dy), one(x), tensor(weight, [x.length]), { eps, precision }));
}

/** x in the root is forgotten: what is left is the gain and the division. */
export function rmsNormWithoutMean(weight: Row, eps: number): Backward {
  return (dy, x) => {
    const square = x.reduce((sum, value) => sum + value * value, 0) / x.length;
    return dy.map((slope, d) => (slope * (1 + weight[d])) / Math.sqrt(square + eps));
  };
}

/** Of GeGLU: gate and up lie behind each other in x. */
export const gegluTwin: Backward = (dy, x) => {
  const F = dy.length;
  const [gate, up] = [one(x.slice(0, F)), one(x.slice(F))];
  const { dGate, dUp } = gegluBackward(one(dy), gate, up, { precision });
  return Float64Array.of(...dGate.data, ...dUp.data);
};

/** The forward's GELU is the one with tanh, and the derivative is that of the one with erf. */
export const gegluByErf: Backward = (dy, x) => {
  const F = dy.length;
  const derivative = (g: number) =>
    0.5 * (1 + erf(g / Math.SQRT2)) + (g * Math.exp((-g * g) / 2)) / Math.sqrt(2 * Math.PI);
  return x.map((value, i) =>
    i < F ? dy[i] * x[F + i] * derivative(value) : dy[i - F] * gelu(x[i - F]),
  );
};

/** Of softmax, which is computed again. */
export function softmaxTwin(softmax: (x: Row) => Row): Backward {
  return (dy, x) => numbers(softmaxBackward(one(dy), one(softmax(x)), { precision }));
}

/** Each share as if the others stayed when its score grows. */
export function softmaxWithoutSum(softmax: (x: Row) => Row): Backward {
  return (dy, x) => softmax(x).map((share, s) => share * dy[s]);
}

/** Of RoPE. */
export function ropeTwin(pos: number, theta: number): Backward {
  return (dy) =>
    numbers(applyRopeBackward(tensor(dy, [1, 1, dy.length]), pos, { theta, precision }));
}

/** Of one head of L tokens, the first at position 0: q, k and v, [L, H] each, lie behind each other in x. */
export function attentionTwin(L: number): Backward {
  return (dz, x) => {
    const H = dz.length / L;
    const of = (data: Row) => tensor(data, [L, 1, H]);
    const [q, k, v] = thirds(x).map(of);
    const { dq, dk, dv } = attentionBackward(of(dz), q, k, v, { precision });
    return Float64Array.of(...dq.data, ...dk.data, ...dv.data);
  };
}

/** Three equal parts. */
export function thirds(x: Row): Row[] {
  const third = x.length / 3;
  return [0, 1, 2].map((i) => x.slice(i * third, (i + 1) * third));
}

/** Rows of `width` as one, or one as rows. */
export function rowsOf(x: Row, width: number): Row[] {
  return Array.from({ length: x.length / width }, (_, l) => x.slice(l * width, (l + 1) * width));
}

/** Of x W, of which W does not change. */
export function linearTwin(W: Rows): Backward {
  return (dy, x) => x.map((_, d) => W.reduce((sum, row, f) => sum + dy[f] * row[d], 0));
}

/** A table [V, D] that is read on the way in, at `id` and times √D, and on the way out: one logit a row. */
export function tableTwin(id: number, D: number, halves: "both" | "output"): Backward {
  const scale = Math.sqrt(D);
  return (dy, x) =>
    x.map((_, i) => {
      const [v, d] = [Math.floor(i / D), i % D];
      const output = dy[v] * scale * x[id * D + d];
      if (v !== id || halves === "output") return output;
      return output + scale * dy.reduce((sum, slope, u) => sum + slope * x[u * D + d], 0);
    });
}
