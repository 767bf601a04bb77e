/**
 * All state as the fragment of a link: `#p=…&pos=12&panel=attention&l=2&h=1&cell=12,11&theme=dark`. What is as it would be
 * anyway is left out. A value that cannot be is left out too, and said.
 * @module
 */
import { type Cell, cellText, parseCell } from "./cell.ts";

export const EXAMPLE_PROMPT = "Once upon a time, there was a fox named Mira.";

export const PANELS = ["attention", "lens"] as const;
export type Panel = (typeof PANELS)[number];

export const THEMES = ["light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

export interface PageState {
  readonly prompt: string;
  /** The token that is followed; the last, if undefined. */
  readonly pos: number | undefined;
  readonly panel: Panel | undefined;
  readonly layer: number | undefined;
  readonly head: number | undefined;
  readonly cell: Cell | undefined;
  /** As the system has it, if undefined. */
  readonly theme: Theme | undefined;
}

export function linkOf(state: PageState): string {
  const { prompt, pos, panel, layer, head, cell, theme } = state;
  const parts: [string, string | number | undefined][] = [
    ["p", prompt === EXAMPLE_PROMPT ? undefined : encodeURIComponent(prompt)],
    ["pos", pos],
    ["panel", panel],
    ["l", layer],
    ["h", head],
    ["cell", cell && cellText(cell)],
    ["theme", theme],
  ];
  const text = parts.flatMap(([key, value]) => (value === undefined ? [] : `${key}=${value}`));
  return text.length === 0 ? "" : `#${text.join("&")}`;
}

export function parseLink(fragment: string): { state: PageState; notes: string[] } {
  const notes: string[] = [];
  const values = new Map<string, string>();
  for (const part of fragment.replace(/^#/, "").split("&")) {
    const [key, ...rest] = part.split("=");
    if (key !== "") values.set(key, decoded(rest.join("=")));
  }
  const take = <T>(key: string, read: (text: string) => T | undefined): T | undefined => {
    const text = values.get(key);
    values.delete(key);
    if (text === undefined) return undefined;
    const value = read(text);
    if (value === undefined) notes.push(`${key}=${text} cannot be`);
    return value;
  };
  const count = (text: string) => (/^\d{1,6}$/.test(text) ? Number(text) : undefined);
  const state: PageState = {
    prompt: take("p", (text) => text) ?? EXAMPLE_PROMPT,
    pos: take("pos", count),
    panel: take("panel", (text) => PANELS.find((panel) => panel === text)),
    layer: take("l", count),
    head: take("h", count),
    cell: take("cell", parseCell),
    theme: take("theme", (text) => THEMES.find((theme) => theme === text)),
  };
  for (const key of values.keys()) notes.push(`${key} is not known here`);
  return { state, notes };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
