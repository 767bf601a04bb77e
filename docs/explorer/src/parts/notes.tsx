/**
 * What could not be done, in one line: a refusal of the library, and what a link named that is not there.
 * @module
 */
import { refusal } from "../asked.ts";
import { notes } from "../state.ts";

export function Notes() {
  return (
    <div role="status" class="notes">
      {refusal.value !== undefined && (
        <p class="error">{refusal.value}. Below is the last text that could be read.</p>
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
