/** Threads that end, and processes that want to: spec/backend/wasm/wasm.spec.ts has what threads compute. */
import { join } from "node:path";
import type { Worker } from "node:worker_threads";
import { build } from "esbuild";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BackendError } from "../../../../src/backend/backend.ts";
import { wasmBackend } from "../../../../src/backend/wasm/wasm.ts";
import { ArgumentError } from "../../../../src/errors.ts";
import { fixture } from "../../../support/paths.ts";
import { startNode } from "../../../support/program.ts";
import { randomTensor } from "../../../support/random.ts";
import { scratchFolder } from "../../../support/scratch.ts";
import { put, rowsOf, type WasmBackend } from "../../../support/wasm-backend.ts";
import { randomStored, sourceOf } from "../../../support/wasm-weights.ts";
import { unwatchWorkers, watchWorkers } from "../../../support/workers.ts";

let started: ReturnType<typeof watchWorkers>;
beforeEach(() => {
  started = watchWorkers();
});
afterEach(unwatchWorkers);

/** A second of work or so, recorded. */
async function longWork(backend: WasmBackend) {
  const weight = await backend.upload(sourceOf(randomStored("float32", [512, 512], 1)));
  const x = put(backend, randomTensor([128, 512], 2));
  const dst = backend.alloc("dst", 128, 512);
  for (let i = 0; i < 400; i++) backend.ops.matmul(dst, x, weight, rowsOf(128));
  return dst;
}

const ended = () =>
  Promise.all(
    (started.workers as Worker[]).map((worker) => {
      return new Promise((resolve) => worker.once("exit", resolve));
    }),
  );

describe("a pool", () => {
  it.each([0, 1])(
    "of which worker %i is killed rejects all reads, and says that it is lost",
    async (one) => {
      const backend = wasmBackend({ threads: 2 });
      const dst = await longWork(backend);
      const reads = [0, 1, 2].map(() => backend.read(dst, rowsOf(1)));
      const all = ended();
      setTimeout(() => started.kill(one), 20);
      const errors = await Promise.all(
        reads.map((read) =>
          read.then(
            () => undefined,
            (error) => error,
          ),
        ),
      );
      for (const error of errors) {
        expect(error).toBeInstanceOf(BackendError);
        expect(error).toMatchObject({ kind: "lost" });
      }
      expect(await backend.lost).toBe(errors[0]);
      await expect(backend.read(dst, rowsOf(1))).rejects.toBe(errors[0]);
      await all; // the others are not left waiting for the one that is gone
      backend.dispose();
      await expect(backend.read(dst, rowsOf(1))).rejects.toThrow(ArgumentError);
    },
  );

  it("is lost if a worker is killed while there is nothing to do", async () => {
    const backend = wasmBackend({ threads: 2 });
    const x = put(backend, randomTensor([1, 4], 1));
    await backend.read(x, rowsOf(1));
    started.kill(0);
    expect(await backend.lost).toMatchObject({ kind: "lost" });
    await expect(backend.read(x, rowsOf(1))).rejects.toMatchObject({ kind: "lost" });
    backend.dispose();
  });

  it("ends its workers when it is disposed, at work or not, and is not lost by that", async () => {
    for (const isAtWork of [false, true]) {
      const backend = wasmBackend({ threads: 3 });
      const dst = await longWork(backend);
      let isLost = false;
      void backend.lost?.then(() => {
        isLost = true;
      });
      const reading = isAtWork ? backend.read(dst, rowsOf(1)) : undefined;
      if (isAtWork) await new Promise((resolve) => setTimeout(resolve, 20));
      const all = ended();
      backend.dispose();
      if (reading) await expect(reading).rejects.toThrow(ArgumentError);
      await all;
      expect(isLost).toBe(false);
      started.workers.length = 0;
    }
  });

  it("starts on its own where weights are worth it, and not for small ones", async () => {
    const backend = wasmBackend();
    const x = put(backend, randomTensor([1, 4], 1));
    await backend.upload(sourceOf(randomStored("float32", [16, 16], 1)));
    await backend.read(x, rowsOf(1));
    expect(started.workers).toHaveLength(0);
    backend.dispose();
  });
});

describe("a process", () => {
  const folder = scratchFolder("pool");
  const source = `import { wasmBackend } from "./src/backend/wasm/wasm.ts";
const backend = wasmBackend({ threads: 2 });
const x = backend.alloc("x", 4, 4);
backend.write(x, new Float32Array(16).fill(2));
backend.ops.add(x, x, x, { from: 0, count: 4 });
backend.read(x, { from: 3, count: 1 }).then((row) => console.log(String(row)));`;

  // The body of a worker is the text of functions, whatever a bundler has made of them.
  it.each([
    ["bundled", {}],
    ["minified", { minify: true }],
    ["with its names kept", { keepNames: true }],
  ])(
    "%s, ends although its backend was not disposed, and not before its read is done",
    async (_, options) => {
      const outfile = join(folder, `${Object.keys(options)[0] ?? "plain"}.mjs`);
      const stdin = { contents: source, resolveDir: fixture(".."), loader: "ts" } as const;
      await build({ stdin, outfile, bundle: true, platform: "node", format: "esm", ...options });
      const { ended, seen } = startNode([outfile]);
      expect(await ended).toBe(0);
      expect(seen).toEqual({ out: "4,4,4,4\n", err: "" });
    },
  );
});
