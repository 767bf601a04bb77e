/**
 * Adafactor: the second moment of a matrix [R, C] from R + C numbers. Shazeer & Stern 2018, arXiv:1804.04235,
 * Algorithms 4 and 5; in the form of optax (`optax.adafactor`), which Google's recipes for Gemma use. t from 1:
 *
 *     β = 1 − t^−0.8
 *     row[r] ← β row[r] + (1 − β) mean_c(g² + ε)          col[c] ← β col[c] + (1 − β) mean_r(g² + ε)
 *     u = g / √(row[r] col[c] / mean(row))                others: v ← β v + (1 − β)(g² + ε), u = g / √v
 *     u ← u / max(1, rms(u)/clipping)
 *     p ← p − lr · max(rms(p), 1e-3) · u − λ p
 *
 * The rate is relative to the size of the weights: 1e-3 here is not the 1e-3 of AdamW. If g is an outer product
 * u vᵀ, then row · col / mean is exactly g². β is 0 in the first step, so no correction is needed.
 * @module
 */
import { brief } from "../../brief.ts";
import { assertFinite, assertInteger } from "../../check.ts";
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
import { factored, whole } from "./second-moment.ts";

/** Options of {@link adafactor}; the defaults are optax's. */
export interface AdafactorOptions {
  /** The shorter side from which on a matrix is factored. Default 128. */
  readonly minSide?: number;
  /** How fast β comes near 1: β = 1 − t^−decayRate. Default 0.8. */
  readonly decayRate?: number;
  /** ε, added to g². Default 1e-30. In float32 7.1e-46 at least: less is 0 there, and 0 would divide by 0. */
  readonly eps?: number;
  /** The largest root mean square that an update of one weight may have, before it is scaled. Default 1. */
  readonly clipping?: number;
  /** Whether an update is scaled by the root mean square of its weight, 1e-3 at least. Default true. */
  readonly relative?: boolean;
  /** λ. As in optax it is not scaled by lr. Default 0. */
  readonly weightDecay?: number;
  /** Which weights decay. Default: matrices, the table among them; the gains of norms do not. */
  readonly decays?: Chooses;
}

const NAMES: OptionNames<AdafactorOptions> = {
  minSide: true,
  decayRate: true,
  eps: true,
  clipping: true,
  relative: "boolean",
  weightDecay: true,
  decays: "function",
};

/** The smallest scale of an update: weights that begin at 0 would never leave it. */
const MIN_SCALE = 1e-3;

/** What is remembered of a parameter: of a matrix [R, C] that is factored `row` [R] and `col` [C]; else `v`, as long as it. */
interface Memory {
  readonly row?: FloatArray;
  readonly col?: FloatArray;
  readonly v?: FloatArray;
  steps: number;
}

const op = "adafactor";
const KINDS = ["row", "col", "v", "t"] as const;

/**
 * optax's Adafactor, without momentum. What is remembered has the dtype of its parameter; a step computes in float64,
 * and rounds each number once.
 *
 * Unlike optax, a step is refused, and skipped by `train`, whose gradients have squares that the dtype of the second moment does
 * not hold: |g| above 1.8e19 in float32. There weights become NaN, or never move again.
 */
export function adafactor(options: AdafactorOptions = {}): Optimizer {
  assertOptions(op, options, NAMES);
  const { minSide = 128, decayRate = 0.8, eps = 1e-30, clipping = 1 } = options;
  const { relative = true, weightDecay = 0, decays = isMatrix } = options;
  assertInteger(op, "minSide", minSide, { from: 1 });
  assertPositive("decayRate", decayRate);
  assertPositive("eps", eps);
  assertPositive("clipping", clipping);
  if (weightDecay !== 0) assertPositive("weightDecay", weightDecay);
  const memories = new Map<string, Memory>();

  function memoryOf({ name, shape, data }: Parameter): Memory {
    let known = memories.get(name);
    if (!known) {
      if (new (data.constructor as typeof Float64Array)([eps])[0] === 0) {
        const hint = `it rounds to 0 in the float32 of ${name}`;
        throw refusals(`${op}.step`).argument("eps", "7.1e-46 or more", eps, hint);
      }
      const zeros = (length: number) => new (data.constructor as typeof Float64Array)(length);
      const isFactored = shape.length === 2 && Math.min(...shape) >= minSide;
      known = isFactored
        ? { row: zeros(shape[0]), col: zeros(shape[1]), steps: 0 }
        : { v: zeros(data.length), steps: 0 };
      memories.set(name, known);
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
      const known = memoryOf(parameter);
      assertMemory(parameter, known);
      const beta = 1 - (++known.steps) ** -decayRate;
      const { row, col, v } = known;
      // 1/√ of the second moment at [r, c] is rows[r] · cols[c]; a weight that is not factored is one row.
      const [rows, cols] =
        row && col
          ? factored(gradient, row, col, beta, eps)
          : whole(gradient, v as FloatArray, beta, eps);
      const rms = Math.sqrt(sumOfSquares(gradient, rows, cols) / data.length);
      const size = relative ? Math.max(rmsOf(data), MIN_SCALE) : 1;
      const rate = (lr * size) / Math.max(1, rms / clipping);
      update(data, gradient, rows, cols, rate, decays(name, shape) ? weightDecay : 0);
    }
  }

  function state(): ReadonlyMap<string, NdArray> {
    const arrays = new Map<string, NdArray>();
    for (const [name, { row, col, v, steps }] of memories) {
      for (const [kind, array] of Object.entries({ row, col, v })) {
        if (array) arrays.set(`${kind}.${name}`, tensor(array, [array.length]));
      }
      arrays.set(`t.${name}`, tensor(Float64Array.of(steps), [1]));
    }
    return arrays;
  }

  function restore(saved: ReadonlyMap<string, NdArray>): void {
    const restored = new Map<string, Memory>();
    for (const [name, arrays] of byParameter(`${op}.restore`, saved, KINDS)) {
      const [row, col, v, t] = KINDS.map((kind) => arrays.get(kind)?.data.slice());
      if (!t || (v === undefined) === (row === undefined || col === undefined)) {
        const got = [...arrays.keys()].join(", ");
        throw refusals(`${op}.restore`).argument(name, "t, and v or row and col", got);
      }
      restored.set(name, { ...(v ? { v } : { row, col }), steps: t[0] });
    }
    memories.clear();
    for (const [name, known] of restored) memories.set(name, known);
  }

  const settings = { optimizer: op, minSide, decayRate, eps, clipping, relative, weightDecay };
  return { settings, step, objection: squaresOverflow, state, restore };
}

function assertMemory(parameter: Parameter, { row, col, v }: Memory): void {
  const [R, C] = parameter.shape;
  const assert = (array: FloatArray | undefined, length: number) => {
    if (array) assertRemembered(`${op}.step`, parameter, array, length);
  };
  assert(v, parameter.data.length);
  assert(row, R);
  assert(col, C);
}

function sumOfSquares(G: FloatArray, rows: Float64Array, cols: Float64Array): number {
  const C = cols.length;
  let sum = 0;
  for (let r = 0; r < rows.length; r++) {
    for (let c = 0; c < C; c++) {
      const u = G[r * C + c] * rows[r] * cols[c];
      sum += u * u;
    }
  }
  return sum;
}

function rmsOf(P: FloatArray): number {
  let sum = 0;
  for (let i = 0; i < P.length; i++) sum += P[i] * P[i];
  return Math.sqrt(sum / P.length);
}

function update(
  P: FloatArray,
  G: FloatArray,
  rows: Float64Array,
  cols: Float64Array,
  rate: number,
  decay: number,
): void {
  const C = cols.length;
  for (let r = 0; r < rows.length; r++) {
    const scale = rate * rows[r];
    for (let c = 0, i = r * C; c < C; c++, i++) {
      P[i] = P[i] - scale * cols[c] * G[i] - decay * P[i];
    }
  }
}

function assertPositive(name: string, value: number): void {
  if (value > 0 && value < Number.POSITIVE_INFINITY) return;
  throw refusals(op).argument(name, "a positive number", brief(value));
}
