/**
 * Which bugs the suite does not claim to find in which classes. Every other pair of bug and class is killed by some
 * vector, ten times over its budget (docs/power-matrix.md).
 * @module
 */
import type { Accuracy } from "../../backend/backend.ts";

const NARROW: readonly Accuracy[] = ["float16", "bfloat16", "q8", "q4"];

/**
 * Bugs that drown in the roundings of a class: they are as small as those, or they show only where all errors
 * before them add up. An engine of such a class can be run in float32 once, and is then told.
 */
const UNCLAIMED: Readonly<Record<string, readonly Accuracy[]>> = {
  "embed-scale-bfloat16": NARROW,
  "norm-cast-before-gain": NARROW,
  "norm-gain-bfloat16": NARROW,
  "rope-k-only": ["q4"],
  "rope-q-only": ["q4"],
  "rope-on-v": ["q4"],
  "attention-scale-hidden": ["bfloat16", "q8", "q4"],
  "attention-scores-float16": NARROW,
  "gelu-erf": NARROW,
  "gelu-quick": ["bfloat16"],
  "gelu-f16-table": NARROW,
  "cache-stale-after-rewind": ["q8", "q4"],
  "cache-chunk-restarts-position": ["q4"],
  "cache-plain-keys": ["q4"],
  "structure-logit-cap-30": ["q4"],
  "structure-untied-head": ["q4"],
};

/** Whether the suite claims to find a bug in engines of a class. */
export function claims(mutant: string, accuracy: Accuracy): boolean {
  return !UNCLAIMED[mutant]?.includes(accuracy);
}
