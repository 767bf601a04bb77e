/**
 * What watches a run from outside.
 * @module
 */
import type { JsonValue } from "../../source/json.ts";

/** The means of a step, as two judges see it. */
export interface JudgedStep {
  /** Which step, from 1. */
  readonly step: number;
  /** Mean r: what is learnt from. */
  readonly reward: number;
  /** The second judge's mean. */
  readonly judge: number;
}

/** Looks at a run: does the learned reward rise while another judge's falls? */
export interface RewardMonitor {
  /**
   * Looks at a step.
   * @returns what is wrong, in a sentence; undefined where nothing is.
   */
  observe(figures: JudgedStep): string | undefined;
  /** What it remembers, as JSON, to be kept with the run. */
  state?(): JsonValue;
  /** Goes back to what it remembered. */
  restore?(state: JsonValue): void;
}
