/** What is switched off: the visitor's choice or, without one, the head that reads the answer. @module */
import { overview } from "./answers.ts";
import { defaultCell } from "./default-cell.ts";
import { type Off, whyNotOff } from "./off.ts";
import { off, refuse } from "./state.ts";

function whyNot(chosen: Off): string | undefined {
  const { model, layers } = overview.value;
  const { layers: count, heads } = model;
  return whyNotOff(chosen, { layers: count, heads, units: layers[0].units.length });
}

/** What the visitor has switched off, if this model has it. */
export function offChosen(): Off | undefined {
  return off.value && whyNot(off.value) === undefined ? off.value : undefined;
}

export function offNow(): Off {
  const { layer, head } = defaultCell(overview.value);
  return offChosen() ?? [{ kind: "head", layer, head }];
}

/** A link may name parts that this model has not. */
export function checkOff(): void {
  const why = off.value && whyNot(off.value);
  if (why) refuse("off", why);
}
