/**
 * Runs a job in a worker, and watches the clock: each case has a limit of its own.
 * @module
 */
import { Worker } from "node:worker_threads";
import { refusals } from "../../errors.ts";
import type { Job, Message } from "./job.ts";

/** Seconds that a case may take. The slowest solution needs a fifth of one. */
export const SECONDS = 10;

/** Seconds until the first case begins: nothing of the learner's has run by then, but the machine may be busy. */
const START = 60;

/** How a job is run. */
export interface RunOptions {
  /** Seconds that each case may take. Default: {@link SECONDS}. */
  readonly seconds?: number;
  readonly signal?: AbortSignal;
  /** Gets what the file writes to the console. */
  readonly onConsole?: (text: string) => void;
  /** Where the worker's module lies. Default: beside this one. */
  readonly worker?: URL;
}

/** What a job has told, and how it ended. */
export interface Ending {
  readonly messages: readonly Message[];
  /** What was running when time was up. */
  readonly endless?: string;
  /** What was running when the thread ended by itself. */
  readonly left?: string;
}

/**
 * Does a job in a thread of its own.
 * @throws the signal's reason, as soon as it is aborted.
 * @throws {UnsupportedError} if the thread cannot be started.
 */
export async function runJob(job: Job, options: RunOptions = {}): Promise<Ending> {
  const { seconds = SECONDS, signal, onConsole = () => {} } = options;
  signal?.throwIfAborted();
  const url = options.worker ?? workerBeside();
  const thread = new Worker(url, { workerData: job, stdout: true, stderr: true });
  const messages: Message[] = [];
  let running = "the start";
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<Ending>((resolve, reject) => {
      const restart = () => {
        clearTimeout(timer);
        const limit = messages.length === 0 ? START : seconds;
        timer = setTimeout(() => resolve({ messages, endless: running }), limit * 1000);
      };
      for (const stream of [thread.stdout, thread.stderr]) {
        stream.on("data", (chunk: Uint8Array) => onConsole(chunk.toString()));
      }
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      thread.on("message", (message: Message) => {
        if (message.kind === "prints") return onConsole(message.text);
        messages.push(message);
        restart();
        if (message.kind === "begins") running = message.what;
        if (message.kind === "done") resolve({ messages });
      });
      thread.on("error", (cause) => {
        const expected = "a thread for the file";
        reject(
          refusals("exercise").unsupported(undefined, expected, String(cause), undefined, cause),
        );
      });
      thread.on("exit", () => resolve({ messages, left: running }));
      restart();
    });
  } finally {
    clearTimeout(timer);
    await thread.terminate();
  }
}

/** The worker's module, as source or as compiled. */
function workerBeside(): URL {
  return new URL(`./worker${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);
}
