/** The cache, on its tile. @module */
import { overview } from "../../answers.ts";
import { count } from "../../format.ts";

/** Bytes of a float32. */
const FLOAT32 = 4;

export function CacheTile() {
  const { tokens, model } = overview.value;
  const numbers = 2 * model.keyHeads * model.headDim * model.layers;
  return (
    <>
      {count(FLOAT32 * numbers)} B a token, {tokens.length} tokens
    </>
  );
}
