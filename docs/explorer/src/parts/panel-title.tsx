/**
 * The head of a panel: its name, its switches, and the way back.
 * @module
 */
import type { ComponentChildren } from "preact";
import { openPanel } from "../state.ts";

export function PanelTitle({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="stage-title">
      <h2 tabIndex={-1}>{title}</h2>
      {children}
      <button type="button" class="close" onClick={() => openPanel(undefined)}>
        Back to the stream <kbd>Esc</kbd>
      </button>
    </div>
  );
}
