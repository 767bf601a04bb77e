/**
 * Foreign text on a line of a terminal or a log: the name of a testee, a message that a process sent.
 * @module
 */

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * Characters that would move the cursor, end the line, colour it, or turn the direction of the text around: control
 * characters, line and paragraph separators, halves of a pair, and the bidirectional controls.
 */
const UNSAFE = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu;

/** `text` with those characters spelled out: a newline as `\n`, an escape as `\u001b`. */
export function oneLine(text: string): string {
  return text.replace(UNSAFE, (c) => SHORT[c] ?? spelled(c));
}

/** A character of one code unit as `\u001b`. */
export function spelled(c: string): string {
  return `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
