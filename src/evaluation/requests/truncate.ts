/**
 * What is cut where a request does not fit into the context: always from the left.
 * @module
 */

/**
 * Which token is first after the cut. "keep-bos": BOS, and behind it as much of the end as fits; Gemma without BOS is
 * another model. "left": whatever comes, as lm-evaluation-harness has it, so BOS goes first.
 */
export type Truncation = "keep-bos" | "left";

/** What is left. */
export interface Truncated {
  readonly ids: readonly number[];
  /** Tokens that were cut. */
  readonly truncated: number;
}

/** The last `length` of `ids`, with their BOS or without. `length` is at least 2. */
export function truncate(ids: readonly number[], length: number, how: Truncation): Truncated {
  const truncated = Math.max(0, ids.length - length);
  if (truncated === 0) return { ids, truncated };
  if (how === "left") return { ids: ids.slice(truncated), truncated };
  return { ids: [ids[0], ...ids.slice(truncated + 1)], truncated };
}
