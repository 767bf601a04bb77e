/**
 * Letting the event loop turn in the middle of long work: timers fire, a page stays alive, a signal is heard.
 * @module
 */

/** Resolves after timers and I/O have had their turn; setTimeout would cost 1–4 ms each time. */
export function turnOfTheEventLoop(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === "function") {
      setImmediate(resolve);
      return;
    }
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
