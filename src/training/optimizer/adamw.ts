/**
 * AdamW: Adam with decoupled decay. Kingma & Ba 2014, arXiv:1412.6980, Algorithm 1; Loshchilov & Hutter 2017,
 * arXiv:1711.05101, Algorithm 2. In the form of PyTorch (torch/optim/adamw.py, from 1.13 on), t from 1:
 *
 *     p ← p (1 − lr λ)
 *     m ← β₁ m + (1 − β₁) g
 *     v ← β₂ v + (1 − β₂) g²
 *     p ← p − lr/(1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
 *
 * The decay comes first, of the old p, and is scaled by lr. ε stands outside the root and behind the correction:
 * inside, it would matter from |g| ≈ √ε on.
 * @module
 */
import { brief } from "../../brief.ts";
import { assertFinite } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { type FloatArray, type NdArray, tensor } from "../../tensor/tensor.ts";
import type { Parameter } from "../trains.ts";
import {
  assertRemembered,
  assertSquares,
  byParameter,
  type Chooses,
  isMatrix,
  type Optimizer,
  squaresOverflow,
} from "./optimizer.ts";

/** Options of {@link adamW}. */
export interface AdamWOptions {
  /** β₁, how much of m stays each step, in [0, 1). Default 0.9. */
  readonly beta1?: number;
  /** β₂, how much of v stays each step, in [0, 1). Default 0.999. */
  readonly beta2?: number;
  /** ε, added to the root. Default 1e-8. */
  readonly eps?: number;
  /** λ. A step shrinks a weight by the share lr·λ. Default 0.01. */
  readonly weightDecay?: number;
  /** Which weights decay. Default: matrices, the table among them; the gains of norms do not. */
  readonly decays?: Chooses;
}

const NAMES: OptionNames<AdamWOptions> = {
  beta1: true,
  beta2: true,
  eps: true,
  weightDecay: true,
  decays: "function",
};

/** What is remembered of a parameter: means of g and g² that forget, and how many steps they have seen. */
interface Moments {
  readonly m: FloatArray;
  readonly v: FloatArray;
  steps: number;
}

const op = "adamW";

/**
 * PyTorch's AdamW. Moments have the dtype of their parameter; a step computes in float64, and rounds each number once.
 * As in PyTorch, steps are counted for each parameter: one that thaws later begins with t = 1.
 *
 * Unlike PyTorch, a step is refused, and skipped by `train`, whose gradients have squares that the dtype of v does not hold:
 * |g| above 1.8e19 in float32. There v is infinite for good, and its weight never moves again.
 */
export function adamW(options: AdamWOptions = {}): Optimizer {
  assertOptions(op, options, NAMES);
  const { beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weightDecay = 0.01, decays = isMatrix } = options;
  assertShare("beta1", beta1);
  assertShare("beta2", beta2);
  assertNatural("eps", eps);
  assertNatural("weightDecay", weightDecay);
  const moments = new Map<string, Moments>();

  function momentsOf({ name, data }: Parameter): Moments {
    let known = moments.get(name);
    if (!known) {
      const zeros = () => new (data.constructor as typeof Float64Array)(data.length);
      known = { m: zeros(), v: zeros(), steps: 0 };
      moments.set(name, known);
    }
    return known;
  }

  function step(parameters: Iterable<Parameter>, lr: number): void {
    assertFinite(`${op}.step`, "lr", lr);
    const all = [...parameters];
    assertSquares(`${op}.step`, all);
    for (const parameter of all) {
      const { name, shape, data, gradient } = parameter;
      if (!gradient) continue;
      const known = momentsOf(parameter);
      assertRemembered(`${op}.step`, parameter, known.m, data.length);
      const t = ++known.steps;
      update(data, gradient, known.m, known.v, {
        keep: decays(name, shape) ? 1 - lr * weightDecay : 1,
        rate: lr / (1 - beta1 ** t),
        root: Math.sqrt(1 - beta2 ** t),
        beta1,
        beta2,
        eps,
      });
    }
  }

  function state(): ReadonlyMap<string, NdArray> {
    const arrays = new Map<string, NdArray>();
    for (const [name, { m, v, steps }] of moments) {
      arrays.set(`m.${name}`, tensor(m, [m.length]));
      arrays.set(`v.${name}`, tensor(v, [v.length]));
      arrays.set(`t.${name}`, tensor(Float64Array.of(steps), [1]));
    }
    return arrays;
  }

  function restore(saved: ReadonlyMap<string, NdArray>): void {
    const restored = new Map<string, Moments>();
    for (const [name, arrays] of byParameter(`${op}.restore`, saved, ["m", "v", "t"])) {
      const [m, v, t] = ["m", "v", "t"].map((kind) => arrays.get(kind)?.data);
      if (!m || !v || !t || m.length !== v.length) {
        const got = [...arrays.keys()].join(", ");
        throw refusals(`${op}.restore`).argument(name, "m, v and t, m as long as v", got);
      }
      restored.set(name, { m: m.slice(), v: v.slice(), steps: t[0] });
    }
    moments.clear();
    for (const [name, known] of restored) moments.set(name, known);
  }

  const settings = { optimizer: op, beta1, beta2, eps, weightDecay };
  return { settings, step, objection: squaresOverflow, state, restore };
}

/** What is the same for all numbers of a parameter in one step. */
interface Scalars {
  /** 1 − lr·λ, or 1 where nothing decays. */
  readonly keep: number;
  /** lr/(1 − β₁ᵗ). */
  readonly rate: number;
  /** √(1 − β₂ᵗ). */
  readonly root: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
}

// #region update
function update(
  P: FloatArray,
  G: FloatArray,
  M: FloatArray,
  V: FloatArray,
  { keep, rate, root, beta1, beta2, eps }: Scalars,
): void {
  const [new1, new2] = [1 - beta1, 1 - beta2];
  for (let i = 0; i < P.length; i++) {
    const g = G[i];
    const m = beta1 * M[i] + new1 * g;
    const v = beta2 * V[i] + new2 * g * g;
    M[i] = m;
    V[i] = v;
    P[i] = P[i] * keep - (rate * m) / (Math.sqrt(v) / root + eps);
  }
}
// #endregion

function assertShare(name: string, value: number): void {
  if (value >= 0 && value < 1) return;
  throw refusals(op).argument(name, "a number from 0 to below 1", brief(value));
}

function assertNatural(name: string, value: number): void {
  if (value >= 0 && value < Number.POSITIVE_INFINITY) return;
  throw refusals(op).argument(name, "a number, 0 or more", brief(value));
}
