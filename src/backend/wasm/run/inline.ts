/**
 * Commands done on this thread, chunk by chunk, between turns of the event loop.
 * @module
 */
import { WorkQueue } from "../../work-queue.ts";
import type { Layout } from "./command.ts";
import type { Executor } from "./executor.ts";
import { createRunner } from "./runner.ts";

export function inlineExecutor(module: WebAssembly.Module, layout: Layout): Executor {
  const runner = createRunner(0, module, layout);
  const queue = new WorkQueue("wasmBackend");
  let ended: Error | undefined;
  return {
    add: (index, memory) => runner.add(index, memory),
    drop: (index) => runner.drop(index),

    async run(phases, signal) {
      if (ended) throw ended;
      const results: Float32Array[] = [];
      for (const phase of phases) {
        for (let chunk = 0; chunk < phase.chunks; chunk++) {
          queue.push(() => runner.run(phase, chunk, results));
        }
      }
      await queue.drain(signal);
      return results[0];
    },

    end(reason) {
      ended = reason;
      queue.abandon(reason);
    },
  };
}
