/**
 * The accuracy classes that results are judged in, and what they are called.
 * @module
 */
import type { Accuracy } from "../backend/backend.ts";
import { brief } from "../brief.ts";
import { refusals } from "../errors.ts";

/** Every class, from the strictest to the widest, with its other names and the unit of rounding of what it stores. */
const CLASSES: Readonly<Record<Accuracy, { names: RegExp; unit: number }>> = {
  float64: { names: /^(f64|fp64|double)$/i, unit: 2 ** -53 },
  float32: { names: /^(f32|fp32|float|single)$/i, unit: 2 ** -24 },
  "float32-relaxed": { names: /^(f32-relaxed|fp32-relaxed|webgpu)$/i, unit: 2 ** -24 },
  float16: { names: /^(f16|fp16|half)$/i, unit: 2 ** -11 },
  bfloat16: { names: /^(bf16|brain)$/i, unit: 2 ** -8 },
  q8: { names: /^(q8_0|int8|8bit)$/i, unit: 2 ** -8 },
  q4: { names: /^(q4_0|q4_1|q4_k(_m|_s)?|iq4_nl|iq4_xs|int4|4bit)$/i, unit: 2 ** -8 },
};

/** The classes, from the strictest to the widest. */
export const ACCURACIES: readonly Accuracy[] = Object.keys(CLASSES) as Accuracy[];

/** Half the distance of neighbouring numbers, relative: what one rounding of a stored result costs at most. */
export function unitRoundoff(accuracy: Accuracy): number {
  return CLASSES[accuracy].unit;
}

/**
 * The class of that name, in any of its spellings: `f32` is float32.
 * @throws {ArgumentError} if there is no such class.
 */
export function accuracyNamed(op: string, name: string, argument = "accuracy"): Accuracy {
  const found = ACCURACIES.find(
    (accuracy) =>
      typeof name === "string" && (accuracy === name || CLASSES[accuracy].names.test(name)),
  );
  if (found) return found;
  throw refusals(op).argument(argument, ACCURACIES.join(" | "), brief(name));
}
