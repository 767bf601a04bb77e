/**
 * The panels, in the order in which the model does its work, and the letter that opens each.
 * @module
 */
export const LETTERS = {
  tokenizer: "t",
  rmsnorm: "n",
  rope: "r",
  attention: "a",
  geglu: "g",
  lens: "l",
  attribution: "w",
  off: "h",
  break: "b",
  sampling: "s",
  cache: "k",
  precision: "p",
  write: "c",
  learning: "f",
  model: "o",
} as const;

export type PanelName = keyof typeof LETTERS;

/** A panel, or on a phone the list of them. */
export type Panel = PanelName | "panels";

export const PANEL_NAMES = Object.keys(LETTERS) as PanelName[];

export const isPanel = (text: string): text is Panel => text === "panels" || text in LETTERS;
