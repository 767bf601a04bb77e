/**
 * Whether the library agrees. Nothing is claimed of a number that was recorded, or not computed again.
 * @module
 */
import { overview } from "../answers.ts";
import { allDigits } from "../format.ts";
import type { Finding } from "../messages.ts";
import { isRecorded } from "../model.ts";

/** What sums of some thousand products in float32 may be apart, over the larger of both. */
const ROUNDING = 1e-3;
const isNear = (x: number, y: number) =>
  Math.abs(x - y) <= ROUNDING * Math.max(Math.abs(x), Math.abs(y), ROUNDING);

export function Check({ check }: Pick<Finding, "check">) {
  if (isRecorded.value) return <p class="check">recorded example, to fewer digits</p>;
  if (!check) return <p class="check">the mask hides it: the library has no such number</p>;
  const { claim = "equals the library", what, again, library } = check;
  if (again === library) {
    return (
      <p class="check holds" title={`${what}: ${allDigits(again)}`}>
        ✓ {claim} <span>to the last bit; {what}</span>
      </p>
    );
  }
  const { precision } = overview.value.model;
  if (precision !== "float64" && isNear(again, library)) {
    return (
      <p class="check" title={`${what}: ${allDigits(again)}, in the library ${allDigits(library)}`}>
        as the library, but for rounding: it computes in {precision} here, {what} in float64
      </p>
    );
  }
  return (
    <p class="check fails">
      ✗ {what}: {allDigits(again)}, in the library {allDigits(library)}
    </p>
  );
}
