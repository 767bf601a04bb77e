/**
 * What must not outlive this process: processes that it started, files for them. Signals that end a process do not
 * run its `exit` handlers, so they are heard too, unless the application hears them: then it is its business.
 * @module
 */

const ENDING = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

const cleanups = new Set<() => void>();

/** Calls `cleanup` when this process ends, until the function that is returned is called. It must be synchronous. */
export function atExit(cleanup: () => void): () => void {
  if (cleanups.size === 0) listen();
  cleanups.add(cleanup);
  return () => {
    if (cleanups.delete(cleanup) && cleanups.size === 0) listenNoMore();
  };
}

function listen(): void {
  process.on("exit", cleanUp);
  for (const signal of ENDING) process.on(signal, onSignal);
}

function listenNoMore(): void {
  process.off("exit", cleanUp);
  for (const signal of ENDING) process.off(signal, onSignal);
}

function cleanUp(): void {
  for (const cleanup of cleanups) cleanup();
  cleanups.clear();
}

function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  cleanUp();
  listenNoMore();
  process.kill(process.pid, signal); // now that nobody listens, it ends the process
}
