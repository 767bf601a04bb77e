/** GeGLU, on its tile. @module */
import { chosen, overview } from "../../answers.ts";

export function GegluTile() {
  const { layer } = chosen.value;
  const { units, firing, largest } = overview.value.layers[layer];
  return (
    <>
      {firing} of {units.length} units fire, {largest} most
    </>
  );
}
