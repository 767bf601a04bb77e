/**
 * Answers that were given before, so that none is computed twice: not after an interruption, and not for two tasks that
 * ask the same.
 * @module
 */

/** An answer as it is stored: plain JSON, so that a line of a file can hold it. */
export type StoredAnswer = Readonly<Record<string, unknown>>;

/** Where answers are kept by the key of their request. */
export interface AnswerStore {
  /** The answer to a request; undefined if it was not given yet. */
  get(key: string): StoredAnswer | undefined | Promise<StoredAnswer | undefined>;
  /** Resolves when the answer will survive the end of the process. */
  put(key: string, answer: StoredAnswer): void | Promise<void>;
}

/** A store that lasts as long as the page or process. */
export function memoryStore(): AnswerStore {
  const answers = new Map<string, StoredAnswer>();
  return {
    get: (key) => answers.get(key),
    put(key, answer) {
      answers.set(key, answer);
    },
  };
}
