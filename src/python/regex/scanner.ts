/**
 * A pattern, read one character after the other.
 * @module
 */
import { brief } from "../../brief.ts";
import { type ArgumentError, type Got, refusals } from "../../errors.ts";

/** Code points of a pattern, and how far they have been read. */
export class Scanner {
  readonly #characters: readonly string[];
  #at = 0;

  readonly #pattern: string;

  constructor(pattern: string) {
    this.#pattern = pattern;
    this.#characters = [...pattern];
  }

  /** The next character; undefined at the end. */
  get next(): string | undefined {
    return this.#characters[this.#at];
  }

  /** Where it stands: something to go back to. */
  get position(): number {
    return this.#at;
  }

  back(position: number): void {
    this.#at = position;
  }

  /** The next `count` characters, or as many as there are. */
  ahead(count: number): string {
    return this.#characters.slice(this.#at, this.#at + count).join("");
  }

  take(): string {
    if (this.next === undefined) throw this.malformed("more of it", "its end");
    return this.#characters[this.#at++];
  }

  /** Takes `text` if it comes next. */
  takeIf(text: string): boolean {
    if (this.ahead(text.length) !== text) return false;
    this.#at += text.length;
    return true;
  }

  /** Takes characters that `kind` matches, at most `most`. */
  takeWhile(kind: RegExp, most: number = Number.POSITIVE_INFINITY): string {
    let taken = "";
    while (taken.length < most && this.next !== undefined && kind.test(this.next))
      taken += this.take();
    return taken;
  }

  /** Takes everything up to `end`, and `end`. */
  takeUntil(end: string, what: string): string {
    let taken = "";
    while (this.next !== end) {
      if (this.next === undefined) throw this.malformed(`${end} at the end of ${what}`, "the end");
      taken += this.take();
    }
    this.take();
    return taken;
  }

  /** The error of a pattern that Python does not take either. */
  malformed(expected: string, got: Got): ArgumentError {
    const where = `${brief(this.#pattern)} at ${this.#at}`;
    return refusals("pythonRegex").argument("pattern", expected, `${String(got)}, in ${where}`);
  }
}
