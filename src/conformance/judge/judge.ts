/**
 * The verdict on a vector: each output held against the truth, and the first that is off, in a sentence.
 * @module
 */
import { goldenName, type TapName } from "../../model/taps.ts";
import { elementsOf, formatShape, type NdArray, tensor } from "../../tensor/tensor.ts";
import type { Budget } from "../vectors/vector.ts";
import { distanceOf, overBudget } from "./distance.ts";
import type { TapResult } from "./tap-result.ts";

/** The outputs of one vector as they are judged. */
export interface Judged {
  readonly taps: readonly TapResult[];
  /** The outputs in the shapes of the truth, where they have them. */
  readonly outputs: ReadonlyMap<string, NdArray>;
}

/** Holds `outputs` against `expected`, in the order of `expected`. What was not given is not judged. */
export function judge(
  outputs: ReadonlyMap<string, NdArray>,
  expected: ReadonlyMap<string, NdArray>,
  budgets: Readonly<Record<string, Budget>>,
): Judged {
  const taps: TapResult[] = [];
  const kept = new Map<string, NdArray>();
  for (const [tap, whole] of expected) {
    const given = outputs.get(tap);
    if (!given) continue;
    const fitted = aligned(given, whole);
    kept.set(tap, fitted ? fitted[0] : given);
    taps.push(fitted ? tapResult(tap, ...fitted, budgets[tap]) : misshapen(tap, given, whole));
  }
  return { taps, outputs: kept };
}

function misshapen(tap: string, given: NdArray, expected: NdArray): TapResult {
  const far = { nrmse: Number.POSITIVE_INFINITY, max: Number.POSITIVE_INFINITY };
  const shapes = `has shape ${formatShape(given.shape)}, expected ${formatShape(expected.shape)}`;
  const none = { at: [], got: Number.NaN, expected: Number.NaN };
  return { tap, ...goldenOf(tap), ...far, over: far.max, ...none, misshapen: shapes };
}

/** Its name in the goldens, if that is another. */
function goldenOf(tap: string): { golden?: string } {
  const golden = goldenName(tap as TapName);
  return golden === undefined || golden === tap ? {} : { golden };
}

/** `x` and the part of `t` that it stands for, in one shape: all of it, or the last row. */
export function aligned(x: NdArray, t: NdArray): [NdArray, NdArray] | undefined {
  const [rows, ...rest] = t.shape;
  const columns = elementsOf(rest);
  const count = elementsOf(x.shape);
  // A batch of one, and heads as an axis of their own, are the same numbers in the same order.
  const [first] = x.shape.filter((axis) => axis !== 1);
  const [wanted] = t.shape.filter((axis) => axis !== 1);
  if (count === rows * columns && first === wanted) {
    return [tensor(x.data, t.shape, x.offset), t];
  }
  if (rest.length === 1 && count === columns && (first === columns || columns === 1)) {
    const begin = t.offset + (rows - 1) * columns;
    return [tensor(x.data, [1, columns], x.offset), tensor(t.data, [1, columns], begin)];
  }
  return undefined;
}

function tapResult(tap: string, x: NdArray, t: NdArray, budget: Budget): TapResult {
  const [values, truth] = [elements(x), elements(t)];
  const distance = distanceOf(values, truth);
  return {
    tap,
    ...goldenOf(tap),
    nrmse: distance.nrmse,
    max: distance.max,
    over: overBudget(distance, budget),
    at: indexOf(distance.at, t.shape),
    got: values[distance.at],
    expected: truth[distance.at],
  };
}

/** The elements of a dense tensor. */
export function elements({ data, offset, shape }: NdArray): NdArray["data"] {
  return data.subarray(offset, offset + elementsOf(shape));
}

function indexOf(at: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  for (let rest = at, axis = shape.length - 1; axis >= 0; axis--) {
    index.unshift(rest % shape[axis]);
    rest = Math.floor(rest / shape[axis]);
  }
  return index;
}

/** The first output that fails. */
export function firstFailing(taps: readonly TapResult[]): TapResult | undefined {
  return taps.find(({ over }) => !(over <= 1));
}

/** What is off about an output, in a sentence without a full stop. */
export function tapSentence(result: TapResult): string {
  const { tap, golden, over, at, got, expected } = result;
  const name = golden ? `${tap} (${golden})` : tap;
  if (result.misshapen) return `${name} ${result.misshapen}`;
  const where = `${formatShape(at)} is ${shown(got)}, expected ${shown(expected)}`;
  if (!Number.isFinite(got)) return `${name} is not finite: ${where}`;
  return `${name} is ${factor(over)} over its budget: ${where}`;
}

/** `4.7e5 ×`, `12 ×`. */
export function factor(over: number): string {
  if (!Number.isFinite(over)) return "infinitely far";
  return `${over < 1000 ? Number(over.toPrecision(2)) : over.toExponential(1).replace("+", "")} ×`;
}

function shown(x: number): string {
  return String(Number.isFinite(x) ? Number(x.toPrecision(6)) : x);
}
