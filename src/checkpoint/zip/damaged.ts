/**
 * The errors of damaged archives.
 * @module
 */
import type { Refusals } from "../../errors.ts";

/** What to do about a damaged archive. */
export const DAMAGED = "the file is truncated or damaged; copy or download it again";

/**
 * The result of `read`. DataView guards every access against offsets that point outside, but with a RangeError.
 * @throws {FormatError} instead of that.
 */
export function rangeChecked<T>(refuse: Refusals, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw refuse.format(undefined, "offsets within it", "an offset beyond its end", DAMAGED, error);
  }
}
