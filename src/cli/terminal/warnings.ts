/**
 * Warnings on standard error: each one once, however many lines of input give it.
 * @module
 */
import type { Output } from "../io.ts";

export class Warnings {
  readonly #stderr: Output;
  readonly #clear: () => void;
  readonly #said = new Set<string>();
  /** Settles when all are written. */
  written: Promise<void> = Promise.resolve();

  /** @param clear removes what stands on the terminal's line. */
  constructor(stderr: Output, clear: () => void) {
    this.#stderr = stderr;
    this.#clear = clear;
  }

  show(message: string): void {
    if (this.#said.has(message)) return;
    this.#said.add(message);
    this.#clear();
    const write = () => this.#stderr.write(`Warning: ${message}.\n`);
    this.written = this.written.then(write).catch(() => {}); // it is not worth an error
  }
}
