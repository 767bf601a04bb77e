/**
 * Workers, in Node and in browsers: the one place that knows the difference.
 * @module
 */
import type { Worker as NodeWorker } from "node:worker_threads";
import { workerBeside } from "./worker-beside.ts";

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

/** Whether workers are started with URLs, as in browsers. */
export function workersHaveUrls(): boolean {
  return !nodeWorkers();
}

/** Processors that there are to use. */
export function processors(): number {
  const os = builtin("node:os") as typeof import("node:os") | undefined;
  return os?.availableParallelism?.() ?? globalThis.navigator?.hardwareConcurrency ?? 1;
}

/**
 * A thread that runs `body`, the text of a function that takes `post` and returns what is given each message.
 * A page whose Content-Security-Policy has no `worker-src blob:` refuses it, which `onEnd` tells.
 * @param file the URL of a script that does what `body` does, in a browser: it is started instead.
 */
export function startThread<T>(body: string, events: ThreadEvents<T>, file?: string | URL): Thread {
  const { onMessage, onEnd } = events;
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
  return startInBrowser(body, events, file);
}

/** Where a policy may forbid a thread's file or its text, the one is tried before the other. */
function startInBrowser<T>(
  body: string,
  { onMessage, onEnd }: ThreadEvents<T>,
  file: string | URL | undefined,
): Thread {
  const ways = file === undefined ? [...sameOrigin(workerBeside()), body] : [file];
  /** What was posted before the first answer: the next way gets it, too. */
  let posted: unknown[] | undefined = [];
  let worker: Worker | undefined;
  let url: string | undefined;
  let isTerminated = false;

  function end(): void {
    worker?.terminate();
    if (url?.startsWith("blob:")) URL.revokeObjectURL(url);
    worker = undefined;
  }

  function failed(reason: string): void {
    end();
    if (isTerminated) return;
    if (posted === undefined || ways.length === 0) onEnd(reason);
    else start();
  }

  function start(): void {
    const way = ways.shift() as string | URL;
    url = way === body ? urlOfText(body) : `${way}`;
    try {
      worker = new Worker(trusted(url));
    } catch (error) {
      // Later, as where there is an event: who starts a thread does not have it yet.
      queueMicrotask(() => failed(`${error}`));
      return;
    }
    worker.onmessage = ({ data }) => {
      posted = undefined;
      onMessage(data);
    };
    worker.onerror = (event) => failed(event.message || "it could not be started");
    for (const message of posted ?? []) worker.postMessage(message);
  }

  start();
  return {
    post(message) {
      posted?.push(message);
      worker?.postMessage(message);
    },
    terminate() {
      isTerminated = true;
      end();
    },
    hold() {},
  };
}

/** A browser starts no worker from another origin. */
function sameOrigin(url: URL | undefined): URL[] {
  return url !== undefined && url.origin === globalThis.location?.origin ? [url] : [];
}

function urlOfText(body: string): string {
  const code = `const receive = (${body})((message, transfer) => postMessage(message, transfer));
onmessage = ({ data }) => receive(data);`;
  return URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
}

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { readonly createScriptURL: (url: string) => string },
  ): { createScriptURL(url: string): string };
}

let policy: ReturnType<TrustedTypes["createPolicy"]> | undefined;

/**
 * A page that has `require-trusted-types-for 'script'` takes the address of a worker from a policy and not as text. If it
 * also lists the policies that it trusts, `gemma-reference` has to be among them.
 */
function trusted(url: string): string {
  const { trustedTypes } = globalThis as { readonly trustedTypes?: TrustedTypes };
  policy ??= trustedTypes?.createPolicy("gemma-reference", { createScriptURL: (text) => text });
  return policy?.createScriptURL(url) ?? url;
}

function nodeWorkers(): typeof import("node:worker_threads") | undefined {
  return builtin("node:worker_threads") as typeof import("node:worker_threads") | undefined;
}

/** A module of Node's, if this is Node; bundlers do not see it. */
function builtin(name: string): unknown {
  return globalThis.process?.getBuiltinModule?.(name);
}
