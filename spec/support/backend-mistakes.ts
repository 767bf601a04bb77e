/**
 * Mistakes that authors of backends make, each planted by itself in a right backend: the thirty of a study, and their
 * kin, one for each other sentence of the interface that a backend can break and still seem to work.
 */
import { CACHES } from "./backend-mistakes/caches.ts";
import type { BackendMistake } from "./backend-mistakes/mistake.ts";
import { MOVING } from "./backend-mistakes/moving.ts";
import { NAMED_BEFORE } from "./backend-mistakes/named-before.ts";
import { NAMED_WRONGLY_BEFORE } from "./backend-mistakes/named-wrongly-before.ts";
import { ROWS } from "./backend-mistakes/rows.ts";
import { SPANS } from "./backend-mistakes/spans.ts";
import { UNSEEN_BEFORE } from "./backend-mistakes/unseen-before.ts";
import { WEIGHTS } from "./backend-mistakes/weights.ts";

export type { BackendMistake } from "./backend-mistakes/mistake.ts";

/** The thirty: eleven that were named before, seven with a wrong name or none, twelve unseen. */
export const THIRTY: readonly BackendMistake[] = [
  ...NAMED_BEFORE,
  ...NAMED_WRONGLY_BEFORE,
  ...UNSEEN_BEFORE,
];

/** Mistakes beside the thirty. */
export const KIN: readonly BackendMistake[] = [...ROWS, ...SPANS, ...MOVING, ...WEIGHTS, ...CACHES];

/** The mistake of that id. */
export function mistakeNamed(id: string): BackendMistake {
  const found = [...THIRTY, ...KIN].find((one) => one.id === id);
  if (!found) throw new Error(`no mistake ${id}`);
  return found;
}
