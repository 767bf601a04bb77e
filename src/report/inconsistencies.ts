/**
 * Where the report disagrees with itself, with what was released, or leaves open what a reader needs. Numbers are
 * computed from the tables beside, and `spec/report` checks them.
 * @module
 */
import type { Inconsistency } from "./inconsistency.ts";
import { LEFT_OPEN } from "./left-open.ts";
import { RECOMPUTED } from "./recomputed.ts";

/** All of them: sums first, then counts, then what is open. */
export const INCONSISTENCIES: readonly Inconsistency[] = [...RECOMPUTED, ...LEFT_OPEN];
