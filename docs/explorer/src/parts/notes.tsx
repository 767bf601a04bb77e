/**
 * What could not be done, in one line: a refusal of the library, and what a link named that is not there.
 * @module
 */
import { refusal } from "../asked.ts";
import { wanted } from "../own-model.ts";
import { notes, openPanel, panel } from "../state.ts";

export function Notes() {
  return (
    <div role="status" class="notes">
      {refusal.value !== undefined && (
        <p class="error">{refusal.value}. Below is the last text that could be read.</p>
      )}
      {wanted.value !== undefined && panel.value !== "model" && (
        <p>
          This link is of the model “{wanted.value}”, whose files are not here. Below is another.{" "}
          <button type="button" class="link" onClick={() => openPanel("model")}>
            Choose its files
          </button>
        </p>
      )}
      {notes.value.length > 0 && (
        <p>
          In the link, {notes.value.join("; ")}.{" "}
          <button
            type="button"
            class="link"
            onClick={() => {
              notes.value = [];
            }}
          >
            Understood
          </button>
        </p>
      )}
    </div>
  );
}
