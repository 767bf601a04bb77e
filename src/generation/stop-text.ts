/**
 * Stop strings in streamed text. A stop string may begin in one token and end in another, so text that
 * could still become one is held back until it is known not to.
 * @module
 */

/** Finds stop strings in the text of one generation. */
export class StopText {
  readonly #stops: readonly string[];
  /** Length of the longest. */
  readonly #longest: number;
  #held = "";

  constructor(stops: readonly string[]) {
    this.#stops = stops.filter((stop) => stop !== "");
    this.#longest = this.#stops.reduce((longest, { length }) => Math.max(longest, length), 0);
  }

  /**
   * Takes the next piece of text → what can be shown by now, and whether a stop string was met. Text
   * from the stop string on is dropped.
   */
  push(text: string): { text: string; stopped: boolean } {
    const all = this.#held + text;
    const at = this.#stops
      .map((stop) => all.indexOf(stop))
      .reduce((first, i) => (i >= 0 && (first < 0 || i < first) ? i : first), -1);
    if (at >= 0) {
      this.#held = "";
      return { text: all.slice(0, at), stopped: true };
    }
    const keep = this.#longestBeginning(all);
    this.#held = all.slice(all.length - keep);
    return { text: all.slice(0, all.length - keep), stopped: false };
  }

  /** What is held back, when no more text comes. */
  flush(): string {
    const held = this.#held;
    this.#held = "";
    return held;
  }

  /** Length of the longest end of `text` that is a beginning of a stop string. */
  #longestBeginning(text: string): number {
    for (let length = Math.min(this.#longest - 1, text.length); length > 0; length--) {
      const end = text.slice(text.length - length);
      if (this.#stops.some((stop) => stop.startsWith(end))) return length;
    }
    return 0;
  }
}
