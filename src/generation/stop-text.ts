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

  /** @param stops none of them empty. */
  constructor(stops: readonly string[]) {
    this.#stops = stops;
    this.#longest = this.#stops.reduce((longest, { length }) => Math.max(longest, length), 0);
  }

  /**
   * Takes the next piece of text → what can be shown by now, and the stop string that was met, if one was: of
   * several the one that begins first, of those the one that was named first. Text from it on is dropped.
   */
  push(text: string): { readonly text: string; readonly stoppedBy?: string } {
    const all = this.#held + text;
    let at = all.length;
    let stoppedBy: string | undefined;
    for (const stop of this.#stops) {
      const begin = all.indexOf(stop);
      if (begin < 0 || begin >= at) continue;
      [at, stoppedBy] = [begin, stop];
    }
    if (stoppedBy !== undefined) {
      this.#held = "";
      return { text: all.slice(0, at), stoppedBy };
    }
    const keep = this.#longestBeginning(all);
    this.#held = all.slice(all.length - keep);
    return { text: all.slice(0, all.length - keep) };
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
