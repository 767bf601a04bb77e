/**
 * How far a download, the loading of a model, or the writing of one is: one line on a terminal,
 * rewritten and in the end taken away.
 * @module
 */
import type { Progress } from "../progress.ts";
import type { Output } from "./io.ts";
import { formatBytes } from "./table.ts";

/** Milliseconds of loading that need no explanation. */
const SILENCE = 300;
/** Milliseconds between two versions of the line. */
const PAUSE = 100;

const DOING = { download: "Downloading", load: "Loading", write: "Writing" } as const;

export class LoadingLine {
  readonly #stderr: Output;
  #next: number = performance.now() + SILENCE;
  #isShown = false;

  constructor(stderr: Output) {
    this.#stderr = stderr;
  }

  /** Says nothing where nobody is watching, nor while it has been quick. */
  show({ phase, loaded, total }: Progress): void {
    const now = performance.now();
    if (!this.#stderr.isTerminal || now < this.#next) return;
    this.#next = now + PAUSE;
    this.#isShown = true;
    this.#rewrite(
      `${DOING[phase]}: ${Math.floor((100 * loaded) / total)} % of ${formatBytes(total)}`,
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
