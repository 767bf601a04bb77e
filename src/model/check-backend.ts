/**
 * What a model asks of a backend before it is loaded: with a wrong `info` it would otherwise hang (no rows at
 * a time), or round where it should not.
 * @module
 */
import type { Accuracy, Backend, Handles } from "../backend/backend.ts";
import { brief } from "../brief.ts";
import { assertInteger } from "../check.ts";
import { refusals } from "../errors.ts";
import { assertPrecisionName } from "../tensor/precision.ts";
import { BYTES_PER_ELEMENT } from "../tensor/stored.ts";

const ACCURACIES: readonly Accuracy[] = [
  ...(["float64", "float32", "float32-relaxed", "float16", "bfloat16", "q8", "q4"] as const),
];

/** @throws {ArgumentError} unless `backend.info` is what backend/backend.ts says. */
export function assertBackendInfo<Dev extends Handles>(backend: Backend<Dev>): void {
  const refuse = refusals("Model.load");
  const { info } = backend ?? {};
  if (typeof info !== "object" || info === null) {
    throw refuse.argument("backend", "a Backend", brief(backend), "backendNamed makes one by name");
  }
  const { name, precision, accuracy = precision, maxRows, weightTypes } = info;
  if (typeof name !== "string" || name === "") {
    throw refuse.argument("backend.info.name", "a text", brief(name));
  }
  assertPrecisionName("Model.load", precision, "backend.info.precision");
  if (!ACCURACIES.includes(accuracy)) {
    throw refuse.argument("backend.info.accuracy", ACCURACIES.join(" | "), brief(accuracy));
  }
  assertInteger("Model.load", "backend.info.maxRows", maxRows, { from: 1 });
  if (weightTypes === undefined) return;
  const isKnown =
    Array.isArray(weightTypes) &&
    weightTypes.every((dtype) => Object.hasOwn(BYTES_PER_ELEMENT, dtype));
  if (isKnown && (weightTypes.includes("float32") || weightTypes.includes("float64"))) return;
  const expected = "dtypes, float32 or float64 among them";
  throw refuse.argument("backend.info.weightTypes", expected, brief(weightTypes));
}
