/**
 * The panels, each with its question and with its answer for this text.
 * @module
 */
import { LETTERS, PANEL_NAMES } from "../panels/names.ts";
import { PANELS } from "../panels/panels.ts";
import { openPanel } from "../state.ts";

export function Tiles() {
  return (
    <nav class="tiles" aria-label="Panels">
      {PANEL_NAMES.map((name) => {
        const { title, Tile } = PANELS[name];
        return (
          <button key={name} type="button" data-panel={name} onClick={() => openPanel(name)}>
            <b>
              {title} <kbd>{LETTERS[name]}</kbd>
            </b>
            <span>
              <Tile />
            </span>
          </button>
        );
      })}
    </nav>
  );
}
