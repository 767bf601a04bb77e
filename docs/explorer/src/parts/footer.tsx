/**
 * The keys, and the switch for those that are letters.
 * @module
 */
import { areOn } from "../keys.ts";

export function Footer() {
  return (
    <footer>
      <p>
        <kbd>Tab</kbd> goes from picture to picture, arrows move within, <kbd>Home</kbd> and{" "}
        <kbd>End</kbd> lead to the ends; <kbd>a</kbd> attention, <kbd>l</kbd> lens, <kbd>Esc</kbd>{" "}
        back to the stream.
      </p>
      <label>
        <input
          type="checkbox"
          checked={areOn.value}
          onChange={({ currentTarget }) => {
            areOn.value = currentTarget.checked;
          }}
        />{" "}
        letters are keys
      </label>
    </footer>
  );
}
