/**
 * The way back through nn/geglu.ts:
 *
 *     dup[l,f]   = dy[l,f] · gelu(gate[l,f])
 *     dgate[l,f] = dy[l,f] · up[l,f] · gelu′(gate[l,f])
 *     gelu′(x)   = ½ (1 + t) + ½ x (1 − t²) · √(2/π) · (1 + 3 · 0.044715 x²)
 *     t          = tanh(√(2/π) (x + 0.044715 x³))
 *
 * By calculator: gate = 1, up = 2, dy = 1 → dgate = 2 · 1.0829641 = 2.1659282, dup = 0.8411920; gelu′(−1) = −0.0829641.
 * It is the derivative of the tanh form, as the forward computes it: that of the exact GELU differs in the third digit.
 *
 * Kept from the forward: gate and up.
 * @module
 */
import { brief } from "../../brief.ts";
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { float32, type Precision, resultOf } from "../../tensor/precision.ts";
import { assertTensor, type NdArray } from "../../tensor/tensor.ts";
import { gelu } from "../geglu.ts";

/** The precision, and where the gradients go. */
export interface GegluBackwardOptions {
  /** Where results are rounded when they are stored. Default float32. */
  precision?: Precision;
  /** [L, F]; allocated when absent. May be `gate`, `up` or `dy`, but not the same as `dUp`. */
  dGate?: NdArray;
  /** [L, F]; allocated when absent. May be `gate`, `up` or `dy`, but not the same as `dGate`. */
  dUp?: NdArray;
}

const NAMES: OptionNames<GegluBackwardOptions> = { precision: true, dGate: true, dUp: true };

/** The gradients of the two branches. */
export interface GegluGradients {
  /** Of the gate, [L, F]. */
  readonly dGate: NdArray;
  /** Of up, [L, F]. */
  readonly dUp: NdArray;
}

/**
 * `dy` [L, F], and `gate` and `up` [L, F] of the forward → the gradients of both. In float64, rounded once on store.
 * @param options precision, destinations: {@link GegluBackwardOptions}
 */
export function gegluBackward(
  dy: NdArray,
  gate: NdArray,
  up: NdArray,
  options: GegluBackwardOptions = {},
): GegluGradients {
  const op = "gegluBackward";
  assertOptions(op, options, NAMES);
  const { precision = float32 } = options;
  assertTensor(op, "dy", dy, [undefined, undefined]);
  const [L, F] = dy.shape;
  assertTensor(op, "gate", gate, [L, F]);
  assertTensor(op, "up", up, [L, F]);
  const dGate = resultOf(op, options.dGate, [L, F], precision, "dGate");
  const dUp = resultOf(op, options.dUp, [L, F], precision, "dUp");

  const { round } = precision;
  const { data: DY } = dy;
  const { data: G } = gate;
  const { data: U } = up;
  const { data: DG } = dGate;
  const { data: DU } = dUp;
  // #region rows
  for (let l = 0; l < L; l++) {
    const dyl = dy.offset + l * dy.stride[0];
    const gl = gate.offset + l * gate.stride[0];
    const ul = up.offset + l * up.stride[0];
    const dgl = dGate.offset + l * dGate.stride[0];
    const dul = dUp.offset + l * dUp.stride[0];
    for (let f = 0; f < F; f++) {
      const slope = DY[dyl + f];
      const g = G[gl + f];
      const u = U[ul + f]; // all three are read before either gradient is written over one of them
      DU[dul + f] = round(slope * gelu(g));
      DG[dgl + f] = round(slope * u * geluDerivative(g));
    }
  }
  // #endregion
  return { dGate, dUp };
}

const SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);

/**
 * gelu′(x) of the tanh approximation, in float64. It runs from −0.1290 at x = −1.4185 to 1.1290 at 1.4185, so it is not
 * monotone, and exceeds 1.
 */
export function geluDerivative(x: number): number {
  if (typeof x !== "number") throw refusals("geluDerivative").argument("x", "a number", brief(x));
  // #region derivative
  const t = Math.tanh(SQRT_2_OVER_PI * (x + 0.044715 * x * x * x));
  // 1 − t² is 1/cosh², but cosh overflows where tanh only saturates.
  const bend = 1 - t * t;
  if (bend === 0) return 0.5 * (1 + t); // or 0 times an x² that has overflowed
  return 0.5 * (1 + t) + 0.5 * x * bend * SQRT_2_OVER_PI * (1 + 3 * 0.044715 * x * x);
  // #endregion
}
