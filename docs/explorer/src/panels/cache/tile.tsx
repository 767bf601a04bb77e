/** The cache, on its tile. @module */
import { overview } from "../../answers.ts";
import { count } from "../../format.ts";

export function CacheTile() {
  const { tokens, model } = overview.value;
  const numbers = 2 * model.keyHeads * model.headDim * model.layers;
  return (
    <>
      What need not be computed again? {count(numbers)} numbers a token, {tokens.length} tokens.
    </>
  );
}
