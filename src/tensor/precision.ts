/**
 * The three arithmetics of the reference. JavaScript computes in float64 throughout; a precision says
 * only where results are stored and how they are rounded when stored:
 *
 * - `float64`: not at all. It equals gemma_pytorch in float64 to 1e-12.
 * - `float32`: to float32. Sums stay in float64, so it is as a rule closer to the truth than a float32 engine.
 * - `bfloat16`: to bfloat16 (held in a Float32Array), where the released model rounds.
 * @module
 */
import { brief } from "../brief.ts";
import { refusals } from "../errors.ts";
import { FEWER_BITS } from "../option-hints.ts";
import { roundToBfloat16 } from "./bfloat16.ts";
import { assertTensor, elementsOf, type FloatArray, type NdArray, tensor } from "./tensor.ts";

/** The name of a {@link Precision}. */
export type PrecisionName = "float64" | "float32" | "bfloat16";

/** Where a result is stored, and the one rounding it gets on the way. */
export interface Precision {
  /** Its name, as options have it. */
  readonly name: PrecisionName;
  /** Zeroed storage for `length` values. */
  alloc(length: number): FloatArray;
  /** The nearest representable value, ties to even. */
  round(x: number): number;
}

/** Nothing is rounded. */
export const float64: Precision = {
  name: "float64",
  alloc: (length) => new Float64Array(length),
  round: (x) => x,
};

/** Results are float32. */
export const float32: Precision = {
  name: "float32",
  alloc: (length) => new Float32Array(length),
  round: Math.fround,
};

/** Results are bfloat16, in a Float32Array. */
export const bfloat16: Precision = {
  name: "bfloat16",
  alloc: (length) => new Float32Array(length),
  round: roundToBfloat16,
};

const PRECISIONS: Record<PrecisionName, Precision> = { float64, float32, bfloat16 };

/** The names that {@link precisionNamed} takes. */
export const PRECISION_NAMES: readonly PrecisionName[] = Object.keys(PRECISIONS) as PrecisionName[];

/** @throws {ArgumentError} if there is no such precision. */
export function precisionNamed(name: string): Precision {
  assertPrecisionName("precisionNamed", name);
  return PRECISIONS[name];
}

/** Other names of ours, as numpy, torch and the options of other libraries have them. */
const ALIASES: Readonly<Record<PrecisionName, RegExp>> = {
  float64: /^(f64|fp64|double|d)$/i,
  float32: /^(f32|fp32|float|single)$/i,
  bfloat16: /^(bf16|brain)$/i,
};

/** @throws {ArgumentError} naming `op`, if there is no such precision. */
export function assertPrecisionName(
  op: string,
  name: string,
  argument = "precision",
): asserts name is PrecisionName {
  if (typeof name === "string" && Object.hasOwn(PRECISIONS, name)) return;
  const expected = PRECISION_NAMES.join(" | ");
  throw refusals(op).argument(argument, expected, brief(name), precisionHint(name));
}

function precisionHint(name: unknown): string | undefined {
  if (typeof name !== "string") return undefined;
  const bare = name.replace(/^torch\./, "");
  const meant = PRECISION_NAMES.find((ours) => ours === bare || ALIASES[ours].test(bare));
  if (meant) return `did you mean ${meant}?`;
  if (/^(f|fp|float)16$|^half$/i.test(bare)) {
    return "weights in float16 are read, whatever the precision of the arithmetic";
  }
  return /^(q|u?int)\d/i.test(bare) ? FEWER_BITS : undefined;
}

/** A zeroed tensor of `shape` in the storage of `precision`. */
export function zeros(shape: readonly number[], precision: Precision): NdArray {
  return tensor(precision.alloc(elementsOf(shape)), shape);
}

/** @throws {ArgumentError} naming `op`, unless `precision` is a Precision; its name alone is none. */
export function assertPrecision(op: string, precision: Precision): void {
  if (typeof precision?.round === "function" && typeof precision.alloc === "function") return;
  const hint = "precisionNamed gives it by its name";
  throw refusals(op).argument("precision", "a Precision, as float32 is", brief(precision), hint);
}

/**
 * Where a result of `shape` goes: `out`, or new memory, zeroed.
 * @param argument what a message calls `out`.
 * @throws {ArgumentError} naming `op`, if `out` is no tensor, or `precision` no Precision.
 * @throws {ShapeError} if `out` has another shape.
 */
export function resultOf(
  op: string,
  out: NdArray | undefined,
  shape: readonly number[],
  precision: Precision,
  argument = "out",
): NdArray {
  assertPrecision(op, precision);
  if (out === undefined) return zeros(shape, precision);
  assertTensor(op, argument, out, shape);
  return out;
}
