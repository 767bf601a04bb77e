/** Precision and backend, on its tile. @module */
import { overview } from "../../answers.ts";

export function PrecisionTile() {
  const { backend } = overview.value.model;
  return (
    <>Does rounding change the word? Here all is {backend}. Compare float32, bfloat16, wasm.</>
  );
}
