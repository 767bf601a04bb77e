/**
 * What watches a run from outside.
 * @module
 */
import type { JsonValue } from "../../source/json.ts";
import type { MonitoredStep } from "../monitor/hacking.ts";

/** Looks at a run: does the learned reward rise while another judge's falls? */
export interface RewardMonitor {
  /**
   * Looks at a step.
   * @returns what is wrong, with a message in sentences; undefined where nothing is.
   */
  observe(figures: MonitoredStep): { readonly message: string } | undefined;
  /** What it remembers, as JSON, to be kept with the run. */
  state?(): JsonValue;
  /** Goes back to what it remembered. */
  restore?(state: JsonValue): void;
}
