/**
 * The timer of this folder. All of its waiting goes through here, so that a spec can hold the clock.
 * @module
 */

/**
 * Calls `work` after `wait` milliseconds.
 * @returns a function that cancels it.
 */
export function after(wait: number, work: () => void): () => void {
  const timer = setTimeout(work, wait);
  return () => clearTimeout(timer);
}
