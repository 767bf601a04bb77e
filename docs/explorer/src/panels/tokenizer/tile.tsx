/** The tokenizer, on its tile. @module */
import { overview } from "../../answers.ts";
import { count } from "../../format.ts";

export function TokenizerTile() {
  const { prompt, tokens } = overview.value;
  const characters = [...prompt].length;
  const bytes = tokens.filter(({ piece }) => /^<0x..>$/.test(piece)).length;
  return (
    <>
      {count(characters)} characters, {count(tokens.length - 1)} tokens
      {bytes > 0 && `, ${bytes} of them bytes`}
    </>
  );
}
