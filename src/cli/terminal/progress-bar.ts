/**
 * How far a download, the loading of a model, or the writing of one is: a bar on one line of a terminal,
 * rewritten and in the end taken away.
 * @module
 */
import type { Progress } from "../../progress.ts";
import { formatBytes } from "../../table.ts";
import type { Output } from "../io.ts";

/** Milliseconds of loading that need no explanation. */
const SILENCE = 300;
/** Milliseconds between two versions of the line. */
const PAUSE = 100;

/** Characters of the bar, and of the whole line at most: one that breaks could not be rewritten. */
const BAR = 24;
const LINE = 60;

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
    const share = total > 0 ? loaded / total : 1;
    const done = Math.floor(BAR * share);
    const hasRoom = (this.#stderr.columns ?? LINE) >= LINE;
    const bar = hasRoom ? `[${"#".repeat(done)}${".".repeat(BAR - done)}] ` : "";
    const text = `${Math.floor(100 * share)} % of ${formatBytes(total)}`;
    this.#rewrite(`${DOING[phase]} ${bar}${text}`);
  }

  clear(): void {
    if (this.#isShown) this.#rewrite("");
    this.#isShown = false;
  }

  #rewrite(line: string): void {
    this.#stderr.write(`\r\x1b[K${line}`).catch(() => {}); // nobody waits for a line of progress
  }
}
