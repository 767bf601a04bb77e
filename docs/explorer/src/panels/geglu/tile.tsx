/** GeGLU, on its tile. @module */
import { chosen, overview } from "../../answers.ts";
import { round } from "../../format.ts";

export function GegluTile() {
  const { layer } = chosen.value;
  const { units, firing, largest } = overview.value.layers[layer];
  return (
    <>
      What does a token work out alone? In layer {layer}, {firing} of {units.length} units fire;
      unit {largest} most, with {round(units[largest])}.
    </>
  );
}
