/**
 * The errors of damaged archives.
 * @module
 */
import { type FormatError, refusals } from "../../errors.ts";

/** @param name the member that is damaged, if it is one. */
export function damaged(
  file: string,
  name: string | undefined,
  expected: string,
  got: string | number,
  cause?: unknown,
): FormatError {
  const hint = "the file is truncated or damaged; copy or download it again";
  return refusals("unzip", file).format(name, expected, got, hint, cause);
}

/**
 * What `read` returns. DataView guards every access against offsets that point outside, but with a RangeError.
 * @throws {FormatError} instead of that.
 */
export function rangeChecked<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw damaged(file, undefined, "offsets within it", "an offset beyond its end", error);
  }
}
