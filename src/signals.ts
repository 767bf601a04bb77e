/**
 * Two reasons to stop as one signal.
 * @module
 */

/** A signal made from two. */
export interface EitherSignal {
  /** Aborted when either of the two is, for the same reason. */
  readonly signal: AbortSignal;
  /** Lets go of both. Call it when the work is over. */
  release(): void;
}

/**
 * One signal for two. `AbortSignal.any` leaks: as long as a source lives, Node keeps something of each
 * signal made from it (nodejs/node#54614), and an application may have one source for all generations.
 */
export function eitherSignal(a: AbortSignal | undefined, b: AbortSignal): EitherSignal {
  const controller = new AbortController();
  const sources = a ? [a, b] : [b];
  const abort = () => controller.abort(sources.find(({ aborted }) => aborted)?.reason);
  const release = () => {
    for (const source of sources) source.removeEventListener("abort", abort);
  };
  for (const source of sources) source.addEventListener("abort", abort);
  if (sources.some(({ aborted }) => aborted)) abort();
  return { signal: controller.signal, release };
}
