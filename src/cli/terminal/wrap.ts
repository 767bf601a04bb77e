/**
 * Wrapping text, also while it is still being written: a word comes out as soon as its place is certain.
 * @module
 */

/** `text` in lines of at most `width` characters. Of its own breaks it keeps only empty lines. */
export function reflow(text: string, width: number): string {
  const paragraphs = text.trim().split(/\n\s*\n/);
  const filled = paragraphs.map((paragraph) => {
    const wrap = new Wrap(width, "");
    return wrap.push(paragraph.trim().replace(/\s+/g, " ")) + wrap.flush();
  });
  return filled.join("\n\n");
}

/** Text that comes in parts, in lines of at most `width` characters. */
export class Wrap {
  readonly #width: number;
  readonly #indent: string;
  #column: number;
  #word = "";
  #spaces = "";

  /**
   * @param width most characters of a line, indent included.
   * @param indent the beginning of every line but the first; the caller has begun that one as wide.
   */
  constructor(width: number, indent: string) {
    this.#width = width;
    this.#indent = indent;
    this.#column = indent.length;
  }

  /** Takes text → the text to show by now: all but the last, perhaps unfinished, word. */
  push(text: string): string {
    let out = "";
    for (const c of text) {
      if (c === "\n") {
        out += `${this.flush()}\n${this.#indent}`;
        this.#column = this.#indent.length;
      } else if (c === " ") {
        if (this.#word !== "") out += this.flush();
        this.#spaces += c;
      } else this.#word += c;
    }
    return out;
  }

  /** The last word. */
  flush(): string {
    const { length } = this.#word;
    const gap = this.#spaces.length;
    let before = this.#spaces;
    this.#column += gap + length;
    if (this.#column > this.#width && gap > 0) {
      before = `\n${this.#indent}`;
      this.#column = this.#indent.length + length;
    }
    const out = length > 0 ? before + this.#word : "";
    this.#word = "";
    this.#spaces = "";
    return out;
  }
}
