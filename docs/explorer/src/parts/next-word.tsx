/**
 * What the model says after the chosen token.
 * @module
 */
import { overview } from "../answers.ts";
import { ChanceBars } from "./chance-bars.tsx";

export function NextWord() {
  const { next, tokens, pos } = overview.value;
  const isLast = pos === tokens.length - 1;
  return (
    <section class="next-word" aria-label="The next word">
      <h2>{isLast ? "The next word" : `The word after position ${pos}`}</h2>
      <ChanceBars chances={next.slice(0, 5)} isFine />
    </section>
  );
}
