/**
 * The keys, and the switch for those that are letters.
 * @module
 */
import { areOn } from "../keys.ts";
import { LETTERS, PANEL_NAMES } from "../panels/names.ts";
import { PANELS } from "../panels/panels.ts";

export function Footer() {
  return (
    <footer>
      <details id="keys">
        <summary>
          Keys <kbd>?</kbd>
        </summary>
        <dl>
          <Key keys={["Tab"]} does="from picture to picture" />
          <Key keys={["←", "→", "↑", "↓"]} does="within a picture" />
          <Key keys={["Home", "End"]} does="to the ends of a row; with Ctrl, to the corners" />
          <Key
            keys={["Enter"]}
            does="pins the chosen number; on a head or a word, opens its panel"
          />
          <Key keys={["Page up", "Page down"]} does="in a picture, another layer" />
          <Key keys={["[", "]"]} does="another head" />
          <Key
            keys={["Esc"]}
            does="lets go of the number, then closes the panel, then ends the tour"
          />
          {PANEL_NAMES.map((name) => (
            <Key key={name} keys={[LETTERS[name]]} does={PANELS[name].title} />
          ))}
        </dl>
      </details>
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

function Key({ keys, does }: { keys: readonly string[]; does: string }) {
  return (
    <div>
      <dt>
        {keys.map((key) => (
          <kbd key={key}>{key}</kbd>
        ))}
      </dt>
      <dd>{does}</dd>
    </div>
  );
}
