/**
 * The text as tokens; the chosen one is followed through the model.
 * @module
 */
import { overview } from "../answers.ts";
import { chooseToken, pos as chosenPos, prompt } from "../state.ts";
import { Choices } from "./choices.tsx";
import { Piece } from "./piece.tsx";

export function Chips() {
  const { tokens, pos: shown, prompt: text } = overview.value;
  // At once, so that no press of an arrow is lost while the answer is on its way.
  const pos = prompt.value === text ? Math.min(chosenPos.value ?? shown, tokens.length - 1) : shown;
  return (
    <div class="chip-row">
      <Choices
        label="Tokens of the text"
        class="chips"
        count={tokens.length}
        chosen={pos}
        choose={chooseToken}
        moreOf={(i) => `position ${i}`}
        item={(i) => (
          <>
            <Piece piece={tokens[i].piece} />
            <small>{tokens[i].id}</small>
          </>
        )}
      />
      <p class="chosen-token">
        ← <b>position {pos}</b> chosen
      </p>
    </div>
  );
}
