/**
 * What the model says after the chosen token. After the last one a click adds it to the text.
 * @module
 */
import { overview } from "../answers.ts";
import { openPanel, setPrompt } from "../state.ts";
import { addedText } from "./added-text.ts";
import { ChanceBars } from "./chance-bars.tsx";

/** So many candidates are listed. */
const FEW = 3;

export function NextWord() {
  const { next, tokens, pos, prompt } = overview.value;
  const isLast = pos === tokens.length - 1;
  const actOf = ({ piece }: { piece: string }) => {
    const text = isLast ? addedText(piece) : undefined;
    return text === undefined
      ? undefined
      : { name: "add", act: () => setPrompt(`${prompt}${text}`) };
  };
  const first = actOf(next[0]);
  return (
    <section class="next-word" aria-label="The next word">
      <div class="next-title">
        <h2>{isLast ? "The next word" : `The word after position ${pos}`}</h2>
        {isLast && (
          <button type="button" disabled={!first} onClick={() => first?.act()}>
            Add
          </button>
        )}
        <button type="button" class="to-write" onClick={() => openPanel("write")}>
          Write <span aria-hidden="true">▸</span>
        </button>
      </div>
      <ChanceBars chances={next.slice(0, FEW)} isFine actOf={actOf} />
    </section>
  );
}
