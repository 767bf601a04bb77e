/** The workers that are started from here on, until `restore`. */
import type { Worker } from "node:worker_threads";

export function watchWorkers(): { readonly workers: Worker[]; restore(): void } {
  // The object that `process.getBuiltinModule` gives, too; an import is a copy of it.
  const threads = process.getBuiltinModule("node:worker_threads") as { Worker: typeof Worker };
  const Original = threads.Worker;
  const workers: Worker[] = [];
  threads.Worker = class extends Original {
    constructor(...args: ConstructorParameters<typeof Worker>) {
      super(...args);
      workers.push(this);
    }
  };
  return {
    workers,
    restore() {
      threads.Worker = Original;
    },
  };
}
