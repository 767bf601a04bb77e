/**
 * Letters that open panels, while no field has the focus, and while they are not switched off (WCAG 2.1.4).
 * @module
 */
import { effect, signal } from "@preact/signals";
import { openPanel, panel } from "./state.ts";

const KEPT = "letters";
export const LETTERS = { a: "attention", l: "lens" } as const;

/** Whether letters are keys here. */
export const areOn = signal(localStorage.getItem(KEPT) !== "off");

export function followKeys(): void {
  effect(() => localStorage.setItem(KEPT, areOn.value ? "on" : "off"));
  addEventListener("keydown", (event) => {
    const { key, ctrlKey, metaKey, altKey, target } = event;
    if (ctrlKey || metaKey || altKey) return;
    const isTyping = target instanceof Element && target.closest("input, textarea, select");
    if (isTyping) return;
    if (key === "Escape" && panel.value) openPanel(undefined);
    else if (areOn.value && key in LETTERS) openPanel(LETTERS[key as keyof typeof LETTERS]);
    else return;
    event.preventDefault();
  });
}
