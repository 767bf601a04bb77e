/**
 * Reads that wait for the device, each of which may end before: by its signal, or with the backend.
 *
 * Not `Promise.race` with a promise that lives as long as the backend: it would remember every read.
 * @module
 */
import { onAbort } from "../../../signals.ts";

export class Waiting {
  readonly #rejects = new Set<(error: unknown) => void>();

  /** What `work` gives, unless `signal` is aborted, or all ends, before. */
  for<T>(work: Promise<T>, signal?: AbortSignal): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const settle = (how: () => void) => {
        this.#rejects.delete(reject);
        letGo();
        how();
      };
      this.#rejects.add(reject);
      const letGo = onAbort(signal, () => settle(() => reject(signal?.reason)));
      work.then(
        (value) => settle(() => resolve(value)),
        (error) => settle(() => reject(error)),
      );
      if (signal?.aborted) settle(() => reject(signal.reason));
    });
  }

  /** All that wait now reject. */
  end(error: unknown): void {
    for (const reject of this.#rejects) reject(error);
    this.#rejects.clear();
  }
}
