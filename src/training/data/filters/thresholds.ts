/**
 * The check that all filters make of their thresholds.
 * @module
 */
import { numberGot } from "../../../check.ts";
import { refusals } from "../../../errors.ts";

/** @throws {ArgumentError} unless each is a number, 0 or more, or left out. Infinity takes a limit away. */
export function assertThresholds(op: string, thresholds: object): void {
  for (const [name, value] of Object.entries(thresholds)) {
    if (value === undefined || (typeof value === "number" && value >= 0)) continue;
    throw refusals(op).argument(name, "a number, 0 or more", numberGot(value));
  }
}
