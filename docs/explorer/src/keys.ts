/**
 * Letters that open panels, while no field has the focus, and while they are not switched off (WCAG 2.1.4).
 * @module
 */
import { effect, signal } from "@preact/signals";
import { LETTERS, PANEL_NAMES } from "./panels/names.ts";
import { isPinned, openPanel, panel, unpin } from "./state.ts";

const KEPT = "letters";

/** Whether letters are keys here. */
export const areOn = signal(localStorage.getItem(KEPT) !== "off");

export function followKeys(): void {
  effect(() => localStorage.setItem(KEPT, areOn.value ? "on" : "off"));
  addEventListener("keydown", (event) => {
    const { key, ctrlKey, metaKey, altKey, target } = event;
    if (ctrlKey || metaKey || altKey || event.defaultPrevented) return;
    const isTyping = target instanceof Element && target.closest("input, textarea, select");
    if (isTyping) return;
    const named = areOn.value ? PANEL_NAMES.find((name) => LETTERS[name] === key) : undefined;
    if (key === "Escape" && isPinned.value) unpin();
    else if (key === "Escape" && panel.value) openPanel(undefined);
    else if (named) openPanel(named);
    else return;
    event.preventDefault();
  });
}
