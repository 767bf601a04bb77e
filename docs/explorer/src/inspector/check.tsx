/**
 * Whether the library agrees. Nothing is claimed of a number that was recorded, or not computed again.
 * @module
 */

import { allDigits } from "../format.ts";
import type { Finding } from "../messages.ts";
import { isRecorded } from "../model.ts";

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
  return (
    <p class="check fails">
      ✗ {what}: {allDigits(again)}, in the library {allDigits(library)}
    </p>
  );
}
