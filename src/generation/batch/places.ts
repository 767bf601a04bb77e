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
   * Waits for a place.
   * @param size how many it takes, if need be more than are free: so nobody waits for ever, and none is left empty.
   * @returns what gives some of them back, or all.
   * @throws the signal's reason.
   */
  async enter(size = 1, signal?: AbortSignal): Promise<(some?: number) => void> {
    signal?.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const letGo = onAbort(signal, () => {
        this.#queue.splice(this.#queue.indexOf(waiting), 1);
        reject(signal?.reason);
      });
      const enter = () => {
        letGo();
        resolve();
      };
      const waiting = { size, enter };
      this.#queue.push(waiting);
      this.#next();
    });
    let mine = size;
    return (some = mine) => {
      const given = Math.min(some, mine);
      mine -= given;
      this.#taken -= given;
      this.#next();
    };
  }

  #next(): void {
    for (let [first] = this.#queue; first && this.#taken < this.#count; [first] = this.#queue) {
      this.#taken += first.size;
      this.#queue.shift();
      first.enter();
    }
  }
}
