/** One's own model, on its tile. @module */
import { overview } from "../../answers.ts";
import { count } from "../../format.ts";

export function ModelTile() {
  const { name, weights } = overview.value.model;
  return (
    <>
      Have a Gemma on your disk? Open it here: GGUF or safetensors. Now: {name}, {count(weights)}{" "}
      weights.
    </>
  );
}
