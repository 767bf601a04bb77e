/**
 * XML and HTML with foreign text in it, escaped wherever it stands: only what this file has made goes in as it is.
 * @module
 */
import { spelled } from "./one-line.ts";

/** A piece of XML or HTML. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What stands in a template: text to be escaped, a number, markup, or pieces of markup, each on lines of its own. */
export type Part = string | number | Markup | readonly Markup[];

/** A template: markup`<b>${name}</b>`. */
export function markup(literals: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  let text = literals[0];
  for (const [i, part] of parts.entries()) text += written(part) + literals[i + 1];
  return new Markup(text);
}

function written(part: Part): string {
  if (part instanceof Markup) return part.text;
  if (typeof part === "object") return part.map(({ text }) => text).join("\n");
  return escaped(String(part));
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  // Else a reader makes spaces of them in attributes, and of a carriage return a newline.
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;",
};

/**
 * What XML 1.0 forbids even as a reference, or advises against: most control characters, halves of a pair, the two
 * that are no characters; and bidirectional controls, which turn the text around them.
 */
const FORBIDDEN =
  /[^\P{Cc}\t\n\r]|[\p{Cs}\ufffe\uffff\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Text for an element or a quoted attribute; a character that may not stand there is spelled out: `\u0000`. */
export function escaped(text: string): string {
  return text.replace(FORBIDDEN, spelled).replace(/[&<>"'\t\n\r]/g, (c) => ENTITIES[c]);
}
