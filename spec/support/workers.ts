/** The workers that the library starts, in Node and in browsers. */
import { threadsUnavailable } from "../../src/backend/wasm/run/threads.ts";

/** Whether several threads can share memory here. */
export const HAS_THREADS: boolean = threadsUnavailable() === undefined;

interface Ends {
  terminate(): unknown;
}

const inNode = globalThis.process?.getBuiltinModule?.("node:worker_threads");
const holder = (inNode ?? globalThis) as unknown as { Worker: new (...args: never[]) => Ends };
const { Worker: Real } = holder;

function kill(one: Ends): void {
  if (inNode) Real.prototype.terminate.call(one);
  else (one as Worker).dispatchEvent(new ErrorEvent("error", { message: "killed" }));
}

/** Counts workers from here on, until `unwatchWorkers`. Those that `fail` end as they start. */
export function watchWorkers({ fail = false } = {}) {
  const workers: Ends[] = [];
  const seen = { ended: 0 };
  holder.Worker = class extends Real {
    constructor(...args: never[]) {
      super(...args);
      workers.push(this);
      if (fail) setTimeout(kill, 0, this);
    }
    override terminate(): unknown {
      seen.ended++;
      return super.terminate();
    }
  };
  return {
    /** In Node, those of node:worker_threads. */
    workers,
    get started() {
      return workers.length;
    },
    get ended() {
      return seen.ended;
    },
    /** Ends one as if it had crashed. */
    kill: (index: number) => kill(workers[index]),
  };
}

export function unwatchWorkers(): void {
  holder.Worker = Real;
}
