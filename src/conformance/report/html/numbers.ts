/**
 * The numbers of an output, as the title of its cell says them.
 * @module
 */
import type { TapResult } from "../../run/result.ts";
import { figure, place, times } from "../figures.ts";

/** What is known of an output, line by line. */
export function numbersOf(tap: TapResult): string[] {
  const { over, nrmse, max, at, got, expected, misshapen } = tap;
  if (misshapen !== undefined) return [misshapen];
  return [
    `${times(over)} the budget`,
    `nrmse ${figure(nrmse)}, max ${figure(max)}`,
    `at ${place(at)}: got ${figure(got)}, expected ${figure(expected)}`,
  ];
}
