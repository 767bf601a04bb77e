/**
 * How long drafts are, and when it is better to do without: by what they have cost and brought so far.
 *
 *     cost      milliseconds of a pass with a draft, beyond those of a pass of one row
 *     gain      milliseconds that each accepted token would have taken by itself
 *
 * As long as drafts have gained more than they cost they go on, longer after each that was accepted whole and shorter after
 * one that was refused at once. Those that lost may cost 1 % of the time at most, and then have to wait: so a text that never
 * repeats itself is hardly delayed. Which tokens come does not depend on any of this.
 * @module
 */

/** Lengths of drafts. With the token before it a draft is a whole number of tiles of four rows, which kernels compute together. */
const LENGTHS = [3, 7, 15, 31] as const;

/** The part of all time that drafts may have lost. */
const LOSS = 0.01;

/** How much the last pass counts in the time of a pass of one row: most are slow because something else was running. */
const LAST = { quicker: 0.5, slower: 0.1 } as const;

/** One sequence's drafts. */
export class DraftPace {
  readonly #most: number;
  #level = 0;
  /** Milliseconds of a pass of one row. */
  #alone: number | undefined;
  /** Milliseconds of all passes. */
  #spent = 0;
  /** Milliseconds that drafts have gained, or lost. */
  #gained = 0;

  /** @param most tokens of a draft. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Most tokens of the next draft; 0 if the next pass is better without. */
  get length(): number {
    if (this.#alone === undefined || this.#gained < -LOSS * this.#spent) return 0;
    return Math.min(this.#most, LENGTHS[this.#level]);
  }

  /**
   * A pass is over.
   * @param drafted tokens of its draft, 0 or more, of which the first `accepted` were right.
   */
  passed(milliseconds: number, drafted: number, accepted: number): void {
    this.#spent += milliseconds;
    if (drafted === 0) {
      const alone = this.#alone ?? milliseconds;
      const more = Math.min(milliseconds, 2 * alone) - alone;
      this.#alone = alone + (more < 0 ? LAST.quicker : LAST.slower) * more;
      return;
    }
    const alone = this.#alone ?? milliseconds;
    const gained = (1 + accepted) * alone - milliseconds;
    // What was gained long ago does not pay for drafts that have been wrong since.
    this.#gained = Math.min(this.#gained + gained, LENGTHS[0] * alone);
    const isLongest = this.#level === LENGTHS.length - 1 || LENGTHS[this.#level] >= this.#most;
    if (accepted === drafted) this.#level += isLongest ? 0 : 1;
    else if (2 * accepted < drafted) this.#level = Math.max(this.#level - 1, 0);
  }
}
