/**
 * Workers, in Node and in browsers: the one place that knows the difference.
 * @module
 */
import type { Worker as NodeWorker } from "node:worker_threads";

/** A thread that takes messages. */
export interface Thread {
  post(message: unknown): void;
  terminate(): void;
  /** Whether the process stays alive for it. In a browser that is no question. */
  hold(isHeld: boolean): void;
}

/** What a thread tells. */
export interface ThreadEvents<T> {
  onMessage(message: T): void;
  /** It ended without having been asked to, or could not be started. */
  onEnd(reason: string): void;
}

/** Whether there can be workers that share memory with this thread, or the reason why not. */
export function threadsUnavailable(): string | undefined {
  if (typeof SharedArrayBuffer === "undefined") {
    return "no SharedArrayBuffer: the page is not cross-origin isolated";
  }
  if (!nodeWorkers() && typeof globalThis.Worker !== "function") return "no Worker";
  return undefined;
}

/** Processors that there are to use. */
export function processors(): number {
  const os = builtin("node:os") as typeof import("node:os") | undefined;
  return os?.availableParallelism?.() ?? globalThis.navigator?.hardwareConcurrency ?? 1;
}

/**
 * A thread that runs `body`, the text of a function that takes `post` and returns what is given each message.
 * A page whose Content-Security-Policy has no `worker-src blob:` refuses it, which `onEnd` tells.
 */
export function startThread<T>(body: string, { onMessage, onEnd }: ThreadEvents<T>): Thread {
  const workers = nodeWorkers();
  if (workers) {
    const code = `const { parentPort } = require("node:worker_threads");
parentPort.on("message", (${body})((message, transfer) => parentPort.postMessage(message, transfer)));`;
    const worker: NodeWorker = new workers.Worker(code, { eval: true });
    worker.on("message", onMessage);
    worker.on("error", (error) => onEnd(`${error}`));
    worker.on("exit", (code) => onEnd(`exit code ${code}`));
    worker.unref();
    return {
      post: (message) => worker.postMessage(message),
      terminate: () => void worker.terminate(),
      hold: (isHeld) => (isHeld ? worker.ref() : worker.unref()),
    };
  }
  const code = `const receive = (${body})((message, transfer) => postMessage(message, transfer));
onmessage = ({ data }) => receive(data);`;
  const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  const worker = new Worker(url);
  worker.onmessage = ({ data }) => onMessage(data);
  worker.onerror = (event) => onEnd(event.message || "it could not be started");
  return {
    post: (message) => worker.postMessage(message),
    terminate() {
      worker.terminate();
      URL.revokeObjectURL(url);
    },
    hold() {},
  };
}

function nodeWorkers(): typeof import("node:worker_threads") | undefined {
  return builtin("node:worker_threads") as typeof import("node:worker_threads") | undefined;
}

/** A module of Node's, if this is Node; bundlers do not see it. */
function builtin(name: string): unknown {
  return globalThis.process?.getBuiltinModule?.(name);
}
