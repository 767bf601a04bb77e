/**
 * Reads that wait for the device, each of which may end before: by its signal, or with the backend.
 *
 * Not `Promise.race` with a promise that lives as long as the backend: it would remember every read.
 * @module
 */
export class Waiting {
  readonly #rejects = new Set<(error: unknown) => void>();

  /** What `work` gives, unless `signal` is aborted, or all ends, before. */
  for<T>(work: Promise<T>, signal?: AbortSignal): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const stop = () => settle(() => reject(signal?.reason));
      const settle = (how: () => void) => {
        this.#rejects.delete(reject);
        signal?.removeEventListener("abort", stop);
        how();
      };
      this.#rejects.add(reject);
      signal?.addEventListener("abort", stop, { once: true });
      work.then(
        (value) => settle(() => resolve(value)),
        (error) => settle(() => reject(error)),
      );
      if (signal?.aborted) stop();
    });
  }

  /** All that wait now reject. */
  end(error: unknown): void {
    for (const reject of this.#rejects) reject(error);
    this.#rejects.clear();
  }
}
