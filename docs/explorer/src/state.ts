/**
 * What the visitor has chosen: the whole state of the page, which is also its link. What follows from it and from the
 * model's answers is in answers.ts.
 * @module
 */
import { batch, computed, effect, type Signal, signal } from "@preact/signals";
import { type Cell, cellText } from "./cell.ts";
import { isSheetOpen } from "./inspector/sheet.ts";
import { type Key, linkOf, NOTHING_CHOSEN, type PageState, pairOf, parseLink } from "./link.ts";
import type { Panel } from "./panels/names.ts";

const opened = parseLink(location.hash);
const KEYS = Object.keys(NOTHING_CHOSEN) as Key[];

/** Each part of the state, read by its name: `chosenState.layer.value`. */
const parts = Object.fromEntries(KEYS.map((key) => [key, signal(opened.state[key])])) as {
  readonly [K in Key]: Signal<PageState[K]>;
};
export const { prompt, pos, panel, view, layer, head, cell, step, queryAt, keyAt } = parts;
export const { token, against, off, bug, temperature, topP, topK, seed, length } = parts;
export const { rank, rate, steps, beta } = parts;
export const { backend, precision, tour, theme, model: ownModel } = parts;

/** What could not be as the link said. */
export const notes = signal<readonly string[]>(opened.notes);

const state = computed(
  () => Object.fromEntries(KEYS.map((key) => [key, parts[key].value])) as unknown as PageState,
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

/** Changes state as one; a new text, panel or model is a step of the history, another choice is not. */
export function change(to: Partial<PageState>): void {
  isStep ||= to.prompt !== undefined || "panel" in to || "model" in to;
  if (isStep) unpin();
  if ("panel" in to) isSheetOpen.value = false; // it would lie on what was opened
  apply({ ...state.peek(), ...to });
}

/** Sets the whole state, as a link does; what `to` does not name is chosen by nobody. The look of the page stays. */
export function goTo(to: Partial<PageState>): void {
  isStep = true;
  apply({ ...NOTHING_CHOSEN, theme: theme.peek(), ...to });
}

/** A part of the link that this text or this model has not: it is dropped, and said. */
export function refuse(part: Key, why: string): void {
  notes.value = [...notes.peek(), `${pairOf(part, state.peek())} cannot be: ${why}`];
  change({ [part]: undefined });
}

/** Opens a panel, as it is seen without a choice. */
export function openPanel(to: Panel | undefined): void {
  if (panel.peek() === to) return;
  const kept = cell.peek();
  change({
    panel: to,
    view: undefined,
    step: undefined,
    cell: to === undefined ? kept : undefined,
  });
}

/** Another text: what was chosen in the old one is forgotten. */
export function setPrompt(text: string): void {
  if (text === prompt.peek()) return;
  const forgotten = { pos: undefined, layer: undefined, head: undefined, cell: undefined };
  const ofTokens = { step: undefined, queryAt: undefined, keyAt: undefined };
  change({ prompt: text, ...forgotten, ...ofTokens, token: undefined, against: undefined });
}

/** Cells that stay what they are when another token is followed. */
const OF_ANY_TOKEN: readonly Cell["kind"][] = [
  "stream",
  "unit",
  "norm",
  "turned",
  "kept",
  "value",
  "part",
];

export function chooseToken(at: number): void {
  const kept = cell.peek();
  const isOfToken = kept !== undefined && OF_ANY_TOKEN.includes(kept.kind);
  change({ pos: at, cell: isOfToken ? kept : undefined, step: undefined });
}

/** A number on the page: a cell, and whose it is, where that is not what is chosen already. */
export interface Target {
  readonly cell: Cell;
  readonly layer?: number;
  readonly head?: number;
  /** The token, where that is not part of the cell. */
  readonly pos?: number;
}

/** The number that a pointer rests on: it is looked at until the pointer leaves. */
export const pointed = signal<Target | undefined>(undefined);
/** Whether the chosen number stays, whatever a pointer rests on. */
export const isPinned = signal(false);

export function pointAt(target: Target | undefined): void {
  if (!isPinned.peek()) pointed.value = target;
}

/** Chooses a number; if it is chosen already, pins it. */
export function choose({ cell: to, ...where }: Target): void {
  const now = cell.peek();
  const { layer: l = layer.peek(), head: h = head.peek(), pos: at = pos.peek() } = where;
  const isSamePlace = l === layer.peek() && h === head.peek() && at === pos.peek();
  if (now !== undefined && cellText(now) === cellText(to) && isSamePlace) pin();
  else chooseCell(to, where);
}

export function chooseCell(to: Cell, where: Omit<Target, "cell"> = {}): void {
  const at = to.kind === "weight" ? to.query : to.kind === "lens" ? to.pos : undefined;
  pointed.value = undefined;
  isPinned.value = false;
  change({ cell: to, ...where, ...(at === undefined ? {} : { pos: at }) });
}

export function pin(): void {
  pointed.value = undefined;
  isPinned.value = true;
}

export function unpin(): void {
  isPinned.value = false;
}

function apply(to: PageState): void {
  batch(() => {
    for (const key of KEYS) (parts[key] as Signal<unknown>).value = to[key];
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
