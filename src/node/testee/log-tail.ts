/**
 * What a process says on stderr: handed on line by line, and its last lines kept.
 * @module
 */
import { BoundedLines } from "./bounded-lines.ts";

/** Lines that are kept. */
const KEPT = 20;
/** Characters of a line that are kept. */
const WIDTH = 500;
/** Bytes from which on a line counts as ended: a bar that redraws itself has no newlines. */
const LONGEST = 2 ** 16;

/** The log of a process. However much it says, little is kept. */
export class LogTail {
  readonly #lines = new BoundedLines();
  readonly #kept: string[] = [];
  readonly #onLine: ((line: string) => void) | undefined;

  constructor(onLine?: (line: string) => void) {
    this.#onLine = onLine;
  }

  /** The last lines. */
  get last(): readonly string[] {
    return this.#kept.slice();
  }

  push(chunk: Uint8Array): void {
    for (const line of this.#lines.push(chunk)) this.#add(line);
    if (this.#lines.length > LONGEST) this.#add(this.#lines.take());
  }

  end(): void {
    if (this.#lines.length > 0) this.#add(this.#lines.take());
  }

  #add(line: Uint8Array): void {
    const text = new TextDecoder().decode(line.subarray(0, LONGEST)).trimEnd();
    if (text === "") return;
    this.#kept.push(text.slice(0, WIDTH));
    if (this.#kept.length > KEPT) this.#kept.shift();
    this.#onLine?.(text);
  }
}
