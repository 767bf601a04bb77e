/**
 * How far the loading of a model, or the writing of one, is: one line on a terminal, rewritten and in the end taken away.
 * @module
 */
import type { LoadProgress } from "../model/model.ts";
import type { Output } from "./io.ts";
import { formatBytes } from "./table.ts";

/** Milliseconds of loading that need no explanation. */
const SILENCE = 300;
/** Milliseconds between two versions of the line. */
const PAUSE = 100;

export class LoadingLine {
  readonly #stderr: Output;
  readonly #doing: string;
  #next: number = performance.now() + SILENCE;
  #isShown = false;

  /** @param doing the first word of the line. */
  constructor(stderr: Output, doing = "Loading") {
    this.#stderr = stderr;
    this.#doing = doing;
  }

  /** Says nothing where nobody is watching, nor while it has been quick. */
  show({ loaded, total }: LoadProgress): void {
    const now = performance.now();
    if (!this.#stderr.isTerminal || now < this.#next) return;
    this.#next = now + PAUSE;
    this.#isShown = true;
    this.#rewrite(
      `${this.#doing}: ${Math.floor((100 * loaded) / total)} % of ${formatBytes(total)}`,
    );
  }

  clear(): void {
    if (this.#isShown) this.#rewrite("");
    this.#isShown = false;
  }

  #rewrite(line: string): void {
    this.#stderr.write(`\r\x1b[K${line}`).catch(() => {}); // nobody waits for a line of progress
  }
}
