/**
 * How far a download is, the loading or writing of a model, or an evaluation: a bar on one line of a terminal, rewritten
 * again and again, and removed at the end.
 * @module
 */
import type { Progress } from "../../progress.ts";
import { formatBytes } from "../../table.ts";
import type { Output } from "../io.ts";

/** Milliseconds of loading that need no explanation. */
const SILENCE = 300;
/** Milliseconds between two versions of the line. */
const PAUSE = 100;

/** Characters of the bar. */
const BAR = 24;
/** Most characters of the whole line: a line that breaks could not be rewritten. */
const LINE = 60;

const DOING = { download: "Downloading", load: "Loading", write: "Writing" } as const;

export class ProgressBar {
  readonly #stderr: Output;
  #next: number = performance.now() + SILENCE;
  #isShown = false;

  constructor(stderr: Output) {
    this.#stderr = stderr;
  }

  /** Rewrites the line: on terminals only, not too often, and not before it has taken a while. */
  show({ phase, loaded, total }: Progress): void {
    this.showShare(DOING[phase], total > 0 ? loaded / total : 1, formatBytes(total));
  }

  /** The same of anything: what is done, how much of it, and of what. A line that is too long for the terminal is cut. */
  showShare(doing: string, share: number, of: string): void {
    const now = performance.now();
    if (!this.#stderr.isTerminal || now < this.#next) return;
    this.#next = now + PAUSE;
    this.#isShown = true;
    const done = Math.floor(BAR * share);
    const text = `${Math.floor(100 * share)} % of ${of}`;
    const room = this.#stderr.columns ?? LINE;
    const bar = `[${"#".repeat(done)}${".".repeat(BAR - done)}] `;
    const whole = `${doing} ${bar}${text}`;
    const hasRoom = room >= LINE && whole.length < Math.max(room, LINE);
    this.#rewrite(hasRoom ? whole : `${doing} ${text}`.slice(0, Math.max(1, room - 1)));
  }

  /** Removes the line. */
  clear(): void {
    if (this.#isShown) this.#rewrite("");
    this.#isShown = false;
  }

  #rewrite(line: string): void {
    this.#stderr.write(`\r\x1b[K${line}`).catch(() => {}); // a bar that cannot be shown is not worth an error
  }
}
