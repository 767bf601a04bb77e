/**
 * Letters that open panels, while no field has the focus, and while they are not switched off (WCAG 2.1.4).
 * @module
 */
import { effect, signal } from "@preact/signals";
import { chosen, overview } from "./answers.ts";
import { LETTERS, PANEL_NAMES, type PanelName } from "./panels/names.ts";
import { change, isPinned, openPanel, panel, tour, unpin } from "./state.ts";

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
    else if (key === "Escape" && tour.value) change({ tour: undefined });
    else if (named) openAndRead(named);
    else if (areOn.value && key === "?") showKeys();
    else if (areOn.value && (key === "[" || key === "]")) step("head", key === "]" ? 1 : -1);
    else if (key.startsWith("Page") && isInPicture(target)) {
      step("layer", key === "PageDown" ? 1 : -1);
    } else return;
    event.preventDefault();
  });
}

/** Opens a panel, and has the next Tab begin at its heading. */
function openAndRead(name: PanelName): void {
  openPanel(name);
  setTimeout(() => document.querySelector<HTMLElement>("#stage h2")?.focus());
}

/** The next layer or head of the number that is looked at. */
function step(part: "layer" | "head", by: number): void {
  const { model } = overview.peek();
  const end = part === "layer" ? model.layers : model.heads;
  const to = chosen.peek()[part] + by;
  if (to >= 0 && to < end) change({ [part]: to });
}

/** Elsewhere these keys scroll. */
const isInPicture = (target: EventTarget | null) =>
  target instanceof Element && target.closest("[role=grid], [role=listbox]") !== null;

function showKeys(): void {
  const list = document.querySelector<HTMLDetailsElement>("#keys");
  if (!list) return;
  list.open = true;
  list.scrollIntoView({ block: "center" });
  list.querySelector("summary")?.focus();
}
