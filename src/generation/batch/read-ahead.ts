/**
 * An answer that is generated as fast as it goes, whoever reads it, and kept for its reader: so that answers go side by
 * side although they are read one after another.
 * @module
 */
import type { GeneratedToken } from "../generation.ts";
import type { Ending } from "../stops.ts";

/** The tokens of one answer. */
export class ReadAhead {
  /** Those that nobody has read yet. */
  readonly #tokens: GeneratedToken[] = [];
  #running: Promise<Ending> | undefined;
  #isOver = false;
  #wake: () => void = () => {};

  /** Takes all tokens of `source`, from now on. */
  run(source: AsyncIterator<GeneratedToken, Ending>): void {
    this.#running = this.#run(source);
    this.#running.catch(() => {}); // its reader is told
  }

  async #run(source: AsyncIterator<GeneratedToken, Ending>): Promise<Ending> {
    try {
      for (;;) {
        const { done, value } = await source.next();
        if (done) return value;
        this.#tokens.push(value);
        this.#wake();
      }
    } finally {
      this.#isOver = true;
      this.#wake();
    }
  }

  /**
   * The tokens, for one reader.
   * @param begin calls {@link ReadAhead.run}, where nobody has.
   * @throws whatever the source throws, after the tokens before.
   */
  async *read(begin: () => void): AsyncGenerator<GeneratedToken, Ending> {
    begin();
    try {
      for (;;) {
        const token = this.#tokens.shift();
        if (token) yield token;
        else if (this.#isOver) return (await this.#running) as Ending;
        else await this.#more();
      }
    } finally {
      await this.#running?.catch(() => {}); // a reader that leaves has aborted it
    }
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
