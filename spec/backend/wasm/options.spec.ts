/** What the options of the backend do, and what becomes of its workers. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { BackendError } from "../../../src/backend/backend.ts";
import { simdOfThisMachine } from "../../../src/backend/wasm/machine.ts";
import {
  processors,
  threadsUnavailable,
  workersHaveUrls,
} from "../../../src/backend/wasm/run/threads.ts";
import { wasmBackend } from "../../../src/backend/wasm/wasm.ts";
import { ArgumentError, UnsupportedError } from "../../../src/errors.ts";
import { Model } from "../../../src/model/model.ts";
import { checkpoint } from "../../support/goldens.ts";
import { HAS_THREADS, unwatchWorkers, watchWorkers } from "../../support/workers.ts";

type Backend = ReturnType<typeof wasmBackend>;

/** Adds 1 and 2. */
async function sum(backend: Backend): Promise<number> {
  const [x, y] = [backend.alloc("x", 1, 1), backend.alloc("y", 1, 1)];
  backend.write(x, Float32Array.of(1));
  backend.write(y, Float32Array.of(2));
  const row = { from: 0, count: 1 };
  backend.ops.add(x, x, y, row);
  return (await backend.read(x, row))[0];
}

/** A matrix of so many bytes, all zeros. */
const zeros = (bytes: number) => ({
  name: "w",
  dtype: "float32" as const,
  shape: [bytes / 4096, 1024],
  rows: async (begin: number, end: number) => new Uint8Array((end - begin) * 4096),
});

afterEach(unwatchWorkers);

it("takes passes of as many rows as it is told", async () => {
  const { config, tensors } = await checkpoint("tiny-stories-it");
  const wide = wasmBackend({ threads: 1 });
  const narrow = wasmBackend({ threads: 1, maxRows: 2 });
  const model = await Model.load({ config, tensors, backend: narrow });
  const reads = vi.spyOn(narrow, "read");
  await model.forward([2, 3, 4, 5, 6], model.createCache(), { logits: "all" });
  expect([wide.info.maxRows, narrow.info.maxRows, reads.mock.calls.length]).toEqual([128, 2, 3]);
  expect(() => wasmBackend({ maxRows: 0 })).toThrow(ArgumentError);
  for (const backend of [wide, narrow]) backend.dispose();
});

it("uses the instructions that it is told to, if they are there", () => {
  const accuracy = wasmBackend({ simd: "simd128" }).info.accuracy;
  expect(accuracy).toBe("float32");
  const relaxed = () => wasmBackend({ simd: "relaxed-simd" }).info.accuracy;
  if (simdOfThisMachine() === "relaxed-simd") expect(relaxed()).toBe("float32-relaxed");
  else expect(relaxed).toThrow(UnsupportedError);
  expect(() => wasmBackend({ simd: "avx512" as never })).toThrow(/"simd128" or "relaxed-simd"/);
});

it("says why there can be no threads", () => {
  vi.stubGlobal("SharedArrayBuffer", undefined);
  expect(threadsUnavailable()).toContain("not cross-origin isolated");
  expect(() => wasmBackend({ threads: 2 })).toThrow(UnsupportedError);
  expect(wasmBackend({ threads: 1 }).info.name).toBe("wasm");
  vi.unstubAllGlobals();
});

describe.skipIf(!HAS_THREADS)("workers", () => {
  it("computes on as many workers as it is told, on none where that is one", async () => {
    for (const [threads, count] of [
      [1, 0],
      [2, 2],
      [3, 3],
    ]) {
      const workers = watchWorkers();
      const backend = wasmBackend({ threads });
      expect(await sum(backend)).toBe(3);
      expect([workers.started, workers.ended]).toEqual([count, 0]);
      backend.dispose();
      expect(workers.ended).toBe(count);
    }
  });

  it("are started for weights that are worth it, unless their number is given", async () => {
    const workers = watchWorkers();
    const backend = wasmBackend();
    await backend.upload(zeros(2 ** 20));
    expect(workers.started).toBe(0);
    await backend.upload(zeros(2 ** 24));
    const most = Math.min(16, processors());
    expect(workers.started).toBe(most > 1 ? most : 0);
    expect(await sum(backend)).toBe(3);
    backend.dispose();
    expect(workers.ended).toBe(workers.started);
  });

  it("that end by themselves are an error of this and of each later read, and end the others", async () => {
    const workers = watchWorkers();
    const backend = wasmBackend({ threads: 2 });
    await sum(backend);
    const reading = sum(backend).catch((error) => error);
    workers.kill(0);
    // The read may have been over before the worker was.
    expect(await reading).toSatisfy((got) => got === 3 || got instanceof BackendError);
    expect(await backend.lost).toMatchObject({ kind: "lost", argument: "threads" });
    const later = await sum(backend).catch((error) => error);
    expect(later).toBeInstanceOf(BackendError);
    expect(later.message).toMatch(/"threads" expected a worker that runs as long as its backend/);
    expect(workers.ended).toBe(2);
    backend.dispose();
  });

  it("go on after an abort", async () => {
    const backend = wasmBackend({ threads: 2 });
    const x = backend.alloc("x", 1, 1);
    const abort = new AbortController();
    const reading = backend.read(x, { from: 0, count: 1 }, abort.signal);
    abort.abort("enough");
    await expect(reading).rejects.toBe("enough");
    expect(await sum(backend)).toBe(3);
    backend.dispose();
  });

  it("may come from a URL, in a browser", async () => {
    const workerUrl = new URL("nowhere/worker.js", globalThis.location?.href ?? "http://localhost");
    expect(() => wasmBackend({ workerUrl: 3 as never })).toThrow(
      '"workerUrl" expected a URL, got 3',
    );
    if (!workersHaveUrls()) {
      expect(() => wasmBackend({ workerUrl })).toThrow(
        /"workerUrl" expected a page, .*leave it out/,
      );
      return;
    }
    const code = "onmessage = ({ data }) => data.kind === 'start' && postMessage({ id: 'ready' });";
    const text = URL.createObjectURL(new Blob([code]));
    const backend = wasmBackend({ workerUrl: text, threads: 2 });
    const reading = sum(backend).catch((error) => error);
    await new Promise((resolve) => setTimeout(resolve, 100));
    backend.dispose(); // this one never answers
    expect(await reading).toBeInstanceOf(ArgumentError);
    const none = wasmBackend({ workerUrl, threads: 2 });
    await expect(sum(none)).rejects.toThrow(/could not be started.*workerUrl starts them/);
    none.dispose();
  });

  it.skipIf(processors() === 1)(
    "computes on one thread, and says so, if no others start",
    async () => {
      const onWarning = vi.fn();
      const workers = watchWorkers({ fail: true });
      const backend = wasmBackend({ onWarning });
      await backend.upload(zeros(2 ** 24));
      expect(await sum(backend)).toBe(3);
      await backend.upload(zeros(2 ** 24)); // is not tried again
      expect(await sum(backend)).toBe(3);
      expect(workers.started).toBe(Math.min(16, processors()));
      expect(onWarning.mock.calls).toEqual([
        [
          {
            kind: "threads",
            message: expect.stringMatching(/on one thread.*one that ended .*threads: 1 comp/),
          },
        ],
      ]);
      expect(await Promise.race([backend.lost, "alive"])).toBe("alive");
      backend.dispose();
    },
  );
});
