/** Precision and backend, on their tile. @module */
import { overview } from "../../answers.ts";

export function PrecisionTile() {
  return <>here {overview.value.model.backend}; and elsewhere?</>;
}
