/**
 * What the visitor has chosen: the whole state of the page, which is also its link. What follows from it and from the
 * model's answers is in answers.ts.
 * @module
 */
import { batch, computed, effect, signal } from "@preact/signals";
import type { Cell } from "./cell.ts";
import { linkOf, type PageState, type Panel, parseLink, type Theme } from "./link.ts";

const opened = parseLink(location.hash);

export const prompt = signal(opened.state.prompt);
export const pos = signal(opened.state.pos);
export const panel = signal(opened.state.panel);
export const layer = signal(opened.state.layer);
export const head = signal(opened.state.head);
export const cell = signal(opened.state.cell);
export const theme = signal<Theme | undefined>(opened.state.theme);

/** What could not be as the link said. */
export const notes = signal<readonly string[]>(opened.notes);

const state = computed(
  (): PageState => ({
    prompt: prompt.value,
    pos: pos.value,
    panel: panel.value,
    layer: layer.value,
    head: head.value,
    cell: cell.value,
    theme: theme.value,
  }),
);
export const link = computed(() => linkOf(state.value));

const systemDark = matchMedia("(prefers-color-scheme: dark)");
const isSystemDark = signal(systemDark.matches);
systemDark.addEventListener("change", () => {
  isSystemDark.value = systemDark.matches;
});
export const isDark = computed(() => (theme.value ? theme.value === "dark" : isSystemDark.value));

const columns = matchMedia("(min-width: 940px)");
/** Whether there is room for the stream from left to right. */
export const isWide = signal(columns.matches);
columns.addEventListener("change", () => {
  isWide.value = columns.matches;
});

/** Whether the next change of the link is a step that Back undoes. */
let isStep = false;

/** Changes state as one; a new text or panel is a step of the history, another choice is not. */
export function change(to: Partial<PageState>): void {
  isStep ||= to.prompt !== undefined || "panel" in to;
  apply({ ...state.peek(), ...to });
}

/** Opens a panel, with the chosen number if it is one of that panel. */
export function openPanel(to: Panel | undefined): void {
  if (panel.peek() === to) return;
  const kind = cell.peek()?.kind;
  const isOfPanel = to === undefined || kind === (to === "lens" ? "lens" : "weight");
  change({ panel: to, cell: isOfPanel ? cell.peek() : undefined });
}

/** Another text: what was chosen in the old one is forgotten. */
export function setPrompt(text: string): void {
  if (text === prompt.peek()) return;
  change({ prompt: text, pos: undefined, layer: undefined, head: undefined, cell: undefined });
}

export function chooseToken(at: number): void {
  const kept = cell.peek();
  const isOfToken = kept?.kind === "stream" || kept?.kind === "unit";
  change({ pos: at, cell: isOfToken ? kept : undefined });
}

export function chooseCell(to: Cell, where: { layer?: number; head?: number } = {}): void {
  const at = to.kind === "weight" ? to.query : to.kind === "lens" ? to.pos : undefined;
  change({ cell: to, ...where, ...(at === undefined ? {} : { pos: at }) });
}

function apply(to: PageState): void {
  batch(() => {
    prompt.value = to.prompt;
    pos.value = to.pos;
    panel.value = to.panel;
    layer.value = to.layer;
    head.value = to.head;
    cell.value = to.cell;
    theme.value = to.theme;
  });
}

/** Keeps the link as the state is, and the state as Back and Forward say. */
export function followHistory(): void {
  effect(() => {
    const url = link.value === "" ? location.pathname + location.search : link.value;
    if (location.hash === link.value) return;
    if (isStep) history.pushState(null, "", url);
    else history.replaceState(null, "", url);
    isStep = false;
  });
  addEventListener("popstate", () => {
    const { state: to, notes: told } = parseLink(location.hash);
    notes.value = told;
    apply(to);
  });
  effect(() => {
    document.documentElement.dataset.theme = isDark.value ? "dark" : "light";
  });
}
