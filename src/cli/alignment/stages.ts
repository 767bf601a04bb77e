/**
 * The stages of `align`.
 * @module
 */

/** Those that are commands of their own, in their order. */
export const STAGES = ["sft", "reward", "rlhf"] as const;

/** One of them. */
export type Stage = (typeof STAGES)[number];
