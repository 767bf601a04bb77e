/**
 * How far an evaluation is, and how long it will take: by tokens, as requests are of very different length.
 * @module
 */

/** One report of many. */
export interface EvaluationProgress {
  /** Requests that have an answer, those found in the store included. */
  readonly done: number;
  /** All that were asked. */
  readonly requests: number;
  /** Tokens that were fed. */
  readonly fed: number;
  /** Tokens that feeding each request by itself would have fed beyond that. */
  readonly saved: number;
  /** Tokens that are still to be fed, as far as one knows: answers may end early. */
  readonly left: number;
  /** By the pace so far; undefined before anything was fed. */
  readonly secondsLeft: number | undefined;
}

/** Counts, and tells whoever listens. */
export class ProgressCount {
  readonly #tell: ((progress: EvaluationProgress) => void) | undefined;
  readonly #requests: number;
  readonly #began = performance.now();
  #left: number;
  #done = 0;
  #fed = 0;
  #saved = 0;

  /** @param left tokens that are to be fed. */
  constructor(
    requests: number,
    left: number,
    tell: ((progress: EvaluationProgress) => void) | undefined,
  ) {
    this.#requests = requests;
    this.#left = left;
    this.#tell = tell;
  }

  /**
   * One more answer.
   * @param cost tokens that were fed for it, that were expected to be, and that it has by itself.
   */
  answered({ fed, expected, alone }: { fed: number; expected: number; alone: number }): void {
    this.#done++;
    this.#fed += fed;
    this.#saved += alone - fed;
    this.#left = Math.max(0, this.#left - expected);
    const seconds = (performance.now() - this.#began) / 1000;
    this.#tell?.({
      done: this.#done,
      requests: this.#requests,
      fed: this.#fed,
      saved: this.#saved,
      left: this.#left,
      secondsLeft: this.#fed > 0 ? (seconds / this.#fed) * this.#left : undefined,
    });
  }
}
