/**
 * From a number of a head or of a unit to the model without it.
 * @module
 */
import type { Finding } from "../messages.ts";
import { isOff, type OffPart, partWords, toggled } from "../off.ts";
import { offChosen, offNow } from "../off-now.ts";
import { change, panel } from "../state.ts";

export function SwitchOff({ found: { cell, layer, head } }: { found: Finding }) {
  const part: OffPart | undefined =
    cell.kind === "unit"
      ? { kind: "unit", layer, unit: cell.unit }
      : cell.kind === "weight" || cell.kind === "value"
        ? { kind: "head", layer, head }
        : undefined;
  if (!part) return null;
  const isHere = panel.value === "off";
  const now = isHere ? offNow() : (offChosen() ?? []);
  const isGone = isHere && isOff(now, part);
  const see = () =>
    change({
      off: isGone || !isOff(now, part) ? toggled(now, part) : now,
      ...(!isHere && { panel: "off", view: undefined, step: undefined }),
    });
  return (
    <p>
      <button type="button" class="link" onClick={see}>
        {isGone ? `Switch ${partWords(part)} on again` : `Switch ${partWords(part)} off and see`}
      </button>
    </p>
  );
}
