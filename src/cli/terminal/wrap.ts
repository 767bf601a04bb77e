/**
 * Wrapping text that is still being written: a word comes out as soon as it is known where it stands.
 * @module
 */

export class Wrap {
  readonly #width: number;
  readonly #indent: string;
  #column: number;
  #word = "";
  #spaces = "";

  /**
   * @param width most characters of a line, indent included.
   * @param indent what every line but the first begins with; the first is there already, as wide.
   */
  constructor(width: number, indent: string) {
    this.#width = width;
    this.#indent = indent;
    this.#column = indent.length;
  }

  /** Takes text → what can be shown by now: all but the last, perhaps unfinished, word. */
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
