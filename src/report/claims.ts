/**
 * What the report says in words about its tables, as numbers that can be held against them.
 * @module
 */
import type { BenchmarkName } from "./benchmarks.ts";

/** "Outperforms similarly sized open models on 11 out of 18 text-based tasks". R1 and R4. */
export const OUTPERFORMED = { of: 18, tasks: 11 } as const;

/** A lead over the other open models of Table 6 that the text claims: at least so many points. */
export interface ClaimedLead {
  /** The benchmark. */
  readonly benchmark: BenchmarkName;
  /** By how many points, at least. */
  readonly points: number;
}

/** Leads of "Gemma models", as the text says; see the 2B's. */
export const CLAIMED_LEADS: readonly ClaimedLead[] = [
  { benchmark: "GSM8K", points: 10 },
  { benchmark: "MATH", points: 10 },
  { benchmark: "HumanEval", points: 6 },
];

/** Human experts at MMLU, in percent, as the report quotes it. */
export const HUMAN_MMLU = 89.8;
