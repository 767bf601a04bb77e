/**
 * What an optimiser is: from gradients to changes of parameters, and what it remembers between steps.
 * `adamw.ts` and `adafactor.ts` are the two that are here.
 * @module
 */
import { refusals } from "../../errors.ts";
import type { JsonValue } from "../../source/json.ts";
import { type FloatArray, formatShape, type NdArray } from "../../tensor/tensor.ts";
import type { Parameter } from "../trains.ts";

/** Changes parameters by their gradients. */
export interface Optimizer {
  /** Its name and its numbers, as JSON: a run is resumed only where they are the same. */
  readonly settings: { readonly [name: string]: JsonValue };
  /**
   * One step: updates `data` of each parameter that has a gradient, in place, and what is remembered of it. Those that are
   * here refuse gradients that are infinite or NaN, or whose square is: a moment that is infinite or NaN once stays so.
   * @param lr the learning rate of this step.
   * @throws {ArgumentError} if {@link Optimizer.objection} has a reason; nothing has changed then.
   */
  step(parameters: Iterable<Parameter>, lr: number): void;
  /**
   * Why no step can be done with these gradients, in a sentence; undefined if one can. `applyGradients` and `train` ask, and
   * skip such a step. An optimiser without it takes all gradients that are finite.
   */
  objection?(parameters: Iterable<Parameter>): string | undefined;
  /**
   * What is remembered, by names such as `m.model.norm.weight`. These are the arrays themselves, no copies: they
   * hold until the next step.
   */
  state(): ReadonlyMap<string, NdArray>;
  /**
   * Remembers copies of `state`, and nothing else. Steps go on from there to the bit.
   * @throws {ArgumentError} if it is not a state of such an optimiser.
   */
  restore(state: ReadonlyMap<string, NdArray>): void;
}

/** Whether a weight of that name and shape takes part in something, such as decay. */
export type Chooses = (name: string, shape: readonly number[]) => boolean;

/** Matrices, the table among them, and not the gains of norms. */
export const isMatrix: Chooses = (_, shape) => shape.length >= 2;

/**
 * {@link Optimizer.objection} of those that remember squares of gradients in the dtype of their parameter. float32 ends at
 * 3.4e38, the square of 1.8e19. Beyond it PyTorch and optax go on: v is infinite from then on, and AdamW never moves that
 * weight again; a factored moment becomes ∞/∞, and the weights NaN.
 */
export function squaresOverflow(parameters: Iterable<Parameter>): string | undefined {
  const found = tooLarge(parameters);
  if (!found) return undefined;
  const { name, gradient, limit } = found;
  return `a gradient of ${name} is ${gradient}, and the square of more than ${limit} overflows: weights and moments stay as they were`;
}

/** @throws {ArgumentError} naming the first parameter of which {@link squaresOverflow} speaks. */
export function assertSquares(op: string, parameters: readonly Parameter[]): void {
  const found = tooLarge(parameters);
  if (!found) return;
  const { name, gradient, limit } = found;
  const expected = `gradients of ${limit} at most, as larger squares overflow`;
  const hint = "applyGradients and train skip such a step; maxNorm shortens gradients before it";
  throw refusals(op).argument(name, expected, gradient, hint);
}

/** The first gradient whose square overflows, or that is infinite or NaN; numbers as a reader wants them. */
function tooLarge(parameters: Iterable<Parameter>) {
  for (const { name, data, gradient } of parameters) {
    if (!gradient) continue;
    const limit = largestGradient(data);
    for (let i = 0; i < gradient.length; i++) {
      // Written so that NaN is found, too.
      if (Math.abs(gradient[i]) <= limit) continue;
      return { name, gradient: gradient[i].toPrecision(2), limit: limit.toPrecision(2) };
    }
  }
  return undefined;
}

const MAX_FLOAT32 = 2 ** 128 - 2 ** 104;

/** The largest |g| whose squares can be averaged: they are added up in float64, and kept in the dtype of `data`. */
function largestGradient(data: FloatArray): number {
  const isWide = data instanceof Float64Array;
  return Math.sqrt(isWide ? Number.MAX_VALUE / Math.max(1, data.length) : MAX_FLOAT32);
}

/** The arrays of a state, sorted by the parameter that they are of: `m.model.norm.weight` is m of it. */
export function byParameter(
  op: string,
  state: ReadonlyMap<string, NdArray>,
  kinds: readonly string[],
): Map<string, Map<string, NdArray>> {
  const found = new Map<string, Map<string, NdArray>>();
  for (const [key, array] of state) {
    const kind = kinds.find((name) => key.startsWith(`${name}.`));
    if (kind === undefined) {
      const expected = `names that begin with ${kinds.map((name) => `${name}.`).join(", ")}`;
      throw refusals(op).argument("state", expected, key, "this may be another optimiser's");
    }
    const name = key.slice(kind.length + 1);
    const arrays = found.get(name) ?? new Map<string, NdArray>();
    found.set(name, arrays.set(kind, array));
  }
  return found;
}

/** @throws {ArgumentError} unless what is remembered of `parameter` has the length that it needs. */
export function assertRemembered(
  op: string,
  { name, shape }: Parameter,
  remembered: FloatArray,
  length: number,
): void {
  if (remembered.length === length) return;
  const hint = "the restored state may be of another model";
  const expected = `${length} numbers of ${formatShape(shape)}`;
  throw refusals(op).argument(name, expected, `a state of ${remembered.length}`, hint);
}
