/**
 * Places for work that goes side by side: as many as there are, and whoever comes later waits for one, in order.
 * @module
 */
import { onAbort } from "../../signals.ts";

interface Waiting {
  readonly size: number;
  enter(): void;
}

/** A number of places. */
export class Places {
  readonly #count: number;
  #taken = 0;
  readonly #queue: Waiting[] = [];

  /** @param count of them, 1 or more. */
  constructor(count: number) {
    this.#count = count;
  }

  /**
   * Waits for places.
   * @param size how many it takes; if there are not so many at all, all of them.
   * @returns what gives them back. Call it once.
   * @throws the signal's reason.
   */
  async enter(size = 1, signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted();
    const taken = Math.min(size, this.#count);
    await new Promise<void>((resolve, reject) => {
      const letGo = onAbort(signal, () => {
        this.#queue.splice(this.#queue.indexOf(waiting), 1);
        reject(signal?.reason);
        this.#next(); // the one behind it may need less room
      });
      const enter = () => {
        letGo();
        resolve();
      };
      const waiting = { size: taken, enter };
      this.#queue.push(waiting);
      this.#next();
    });
    return () => {
      this.#taken -= taken;
      this.#next();
    };
  }

  #next(): void {
    for (let [first] = this.#queue; first; [first] = this.#queue) {
      if (this.#taken + first.size > this.#count) return;
      this.#taken += first.size;
      this.#queue.shift();
      first.enter();
    }
  }
}
