/**
 * Signals of many listeners, and two signals as one.
 * @module
 */

/** What is called when a signal is aborted, by the signal. */
const HEARING = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `hear` when `signal` is aborted; not if it was aborted before. An application may have one signal for hundreds
 * of answers, and Node takes more than ten listeners for a leak: so there is one for all of them.
 * @returns lets go of the signal. Call it when the work is over.
 */
export function onAbort(signal: AbortSignal | undefined, hear: () => void): () => void {
  if (!signal) return () => {};
  const hearing = HEARING.get(signal) ?? beginHearing(signal);
  const mine = () => hear(); // the same function may be given twice
  hearing.add(mine);
  return () => {
    hearing.delete(mine);
    if (hearing.size > 0 || HEARING.get(signal) !== hearing) return;
    HEARING.delete(signal);
    signal.removeEventListener("abort", all);
  };
}

function beginHearing(signal: AbortSignal): Set<() => void> {
  const hearing = new Set<() => void>();
  HEARING.set(signal, hearing);
  signal.addEventListener("abort", all);
  return hearing;
}

/** Tells all that hear the signal, as one listener of it. */
function all(this: AbortSignal): void {
  for (const hear of [...(HEARING.get(this) ?? [])]) hear();
}

/** `promise`, unless the signal is aborted before. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const letGo = onAbort(signal, () => reject(signal.reason));
    promise.then(resolve, reject).finally(letGo);
  });
}

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
  const letGo = sources.map((source) => onAbort(source, abort));
  if (sources.some(({ aborted }) => aborted)) abort();
  const release = () => {
    for (const one of letGo) one();
  };
  return { signal: controller.signal, release };
}
