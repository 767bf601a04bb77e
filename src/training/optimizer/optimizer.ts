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
   * One step: updates `data` of each parameter that has a gradient, in place, and what is remembered of it. The caller
   * sees to it that no gradient is infinite or NaN: a moment that is NaN once stays so.
   * @param lr the learning rate of this step.
   */
  step(parameters: Iterable<Parameter>, lr: number): void;
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
