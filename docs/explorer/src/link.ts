/**
 * All state as the fragment of a link: `#p=…&pos=12&panel=attention&l=2&h=1&cell=12,11&theme=dark`. What is as it would be
 * anyway is left out. A value that cannot be is left out too, and said.
 * @module
 */
import { type Cell, cellText, parseCell } from "./cell.ts";
import { type Off, offText, parseOff } from "./off.ts";
import { isPanel, type Panel } from "./panels/names.ts";

export const EXAMPLE_PROMPT = "Once upon a time, there was a fox named Mira.";

/** As many as tour/steps.ts has. */
export const TOUR_STEPS = 10;

export const THEMES = ["light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

/** A token, or nothing: then a logit is explained alone. */
export type Against = number | "none";

/** The whole state. What is undefined is as the page would have it without a choice. */
export interface PageState {
  readonly prompt: string;
  /** The token that is followed; the last, if undefined. */
  readonly pos: number | undefined;
  readonly panel: Panel | undefined;
  /** How the open panel is seen, where it can be seen in more than one way. */
  readonly view: string | undefined;
  readonly layer: number | undefined;
  readonly head: number | undefined;
  readonly cell: Cell | undefined;
  /** Merges of the tokenizer that are done; rows of the cache. */
  readonly step: number | undefined;
  /** RoPE: the positions of the query and the key, where they are not those of the tokens. */
  readonly queryAt: number | undefined;
  readonly keyAt: number | undefined;
  /** Attribution: the token that is explained, and that which it is compared with. */
  readonly token: number | undefined;
  readonly against: Against | undefined;
  /** Heads, MLPs and units that are switched off. */
  readonly off: Off | undefined;
  /** A known bug, by its id in the suite. */
  readonly bug: string | undefined;
  readonly temperature: number | undefined;
  readonly topP: number | undefined;
  readonly topK: number | undefined;
  readonly seed: number | undefined;
  /** How many tokens: to be written, or that a cache holds. */
  readonly length: number | undefined;
  /** Learning: the rank of LoRA, the peak of the learning rate, and how many steps. */
  readonly rank: number | undefined;
  readonly rate: number | undefined;
  readonly steps: number | undefined;
  /** Learning from rewards: what a nat of KL costs. */
  readonly beta: number | undefined;
  /** What the page's own numbers are compared with. */
  readonly backend: string | undefined;
  readonly precision: string | undefined;
  /** A model of the visitor's, by name. */
  readonly model: string | undefined;
  readonly tour: number | undefined;
  /** As the system has it, if undefined. */
  readonly theme: Theme | undefined;
}

export type Key = keyof PageState;

/** How a value stands in a link; `read` gives undefined for what cannot be. */
interface Written<T> {
  readonly key: string;
  read(text: string): T | undefined;
  write(value: T): string;
}

const counted = (key: string, least = 0, most = 999_999_999): Written<number> => ({
  key,
  read(text) {
    const value = Number(text);
    return /^\d{1,9}$/.test(text) && value >= least && value <= most ? value : undefined;
  },
  write: String,
});
const decimal = (key: string, most: number, least = 0): Written<number> => ({
  key,
  read(text) {
    const value = Number(text);
    return /^\d{0,3}(\.\d{1,6})?$/.test(text) && value >= least && value <= most
      ? value
      : undefined;
  },
  write: String,
});
const word = (key: string): Written<string> => ({
  key,
  read: (text) => (/^[\w-]{1,40}$/.test(text) ? text : undefined),
  write: (text) => text,
});
const free = (key: string): Written<string> => ({
  key,
  read: (text) => text,
  write: encodeURIComponent,
});

const WRITTEN: { readonly [K in Key]: Written<NonNullable<PageState[K]>> } = {
  prompt: free("p"),
  pos: counted("pos"),
  panel: { key: "panel", read: (text) => (isPanel(text) ? text : undefined), write: String },
  view: word("view"),
  layer: counted("l"),
  head: counted("h"),
  cell: { key: "cell", read: parseCell, write: cellText },
  step: counted("step"),
  queryAt: counted("q"),
  keyAt: counted("k"),
  token: counted("token"),
  against: {
    key: "against",
    read: (text) => (text === "none" ? text : counted("against").read(text)),
    write: String,
  },
  off: { key: "off", read: parseOff, write: offText },
  bug: word("bug"),
  temperature: decimal("t", 100),
  topP: decimal("topp", 1),
  topK: counted("topk", 1),
  seed: counted("seed"),
  length: counted("len", 1),
  rank: counted("rank", 1, 64),
  rate: decimal("lr", 0.02),
  steps: counted("steps", 1, 200),
  beta: decimal("beta", 4, 0.1),
  backend: word("be"),
  precision: word("prec"),
  model: free("model"),
  tour: counted("tour", 1, TOUR_STEPS),
  theme: {
    key: "theme",
    read: (text) => THEMES.find((theme) => theme === text),
    write: String,
  },
};
const ENTRIES = Object.entries(WRITTEN) as [Key, Written<unknown>][];

/** A part of the state as it stands in a link: `pos=12`. */
export function pairOf(part: Key, state: PageState): string {
  const { key, write } = WRITTEN[part] as Written<unknown>;
  return `${key}=${write(state[part])}`;
}

/** What is chosen by nobody. */
export const NOTHING_CHOSEN: PageState = {
  ...(Object.fromEntries(ENTRIES.map(([part]) => [part, undefined])) as unknown as PageState),
  prompt: EXAMPLE_PROMPT,
};

export function linkOf(state: PageState): string {
  const parts = ENTRIES.flatMap(([part]) =>
    state[part] === NOTHING_CHOSEN[part] ? [] : pairOf(part, state),
  );
  return parts.length === 0 ? "" : `#${parts.join("&")}`;
}

export function parseLink(fragment: string): { state: PageState; notes: string[] } {
  const notes: string[] = [];
  const state: Record<string, unknown> = { ...NOTHING_CHOSEN };
  for (const pair of fragment.replace(/^#/, "").split("&")) {
    if (pair === "") continue;
    const [key, ...rest] = pair.split("=");
    const text = decoded(rest.join("="));
    const [part, written] = ENTRIES.find(([, { key: known }]) => known === key) ?? [];
    if (part === undefined || written === undefined) {
      notes.push(`${key} is not known here`);
      continue;
    }
    const value = written.read(text);
    if (value === undefined) notes.push(`${key}=${text} cannot be`);
    else state[part] = value;
  }
  return { state: state as unknown as PageState, notes };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
