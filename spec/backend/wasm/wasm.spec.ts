/** Memory and order of work: many memories, threads, caches that grow, aborts, the end. */
import { describe, expect, it } from "vitest";
import { BackendError } from "../../../src/backend/backend.ts";
import type { MemorySizes } from "../../../src/backend/wasm/memory/memories.ts";
import { type WasmOptions, wasmBackend, wasmBackendWith } from "../../../src/backend/wasm/wasm.ts";
import { GEMMA_2B, type GemmaConfig } from "../../../src/config.ts";
import { ArgumentError, UnsupportedError } from "../../../src/errors.ts";
import { Model } from "../../../src/model/model.ts";
import { weightSpecs } from "../../../src/model/weights/weights.ts";
import type { RowSource } from "../../../src/tensor/stored.ts";
import { tensor } from "../../../src/tensor/tensor.ts";
import { randomTensor, randomTensors } from "../../support/random.ts";
import { blank, put, rowsOf, type WasmBackend, withBackend } from "../../support/wasm-backend.ts";
import {
  columnMultiple,
  KERNEL_TYPES,
  randomStored,
  sourceOf,
} from "../../support/wasm-weights.ts";
import { HAS_THREADS } from "../../support/workers.ts";

/** Where no memory can be shared, one thread has to do. */
const THREADS = HAS_THREADS ? [1, 2] : [1];
const MOST = Math.max(...THREADS);

const KB = 1024;
/** Home has no weights, and another memory not even all of one. */
const SMALL: MemorySizes = { home: 2 ** 26, keptAtHome: 0, area: 20 * KB, beside: 2 ** 22 };

/** Odd widths, where the dtype has them. */
function configFor(dtype: (typeof KERNEL_TYPES)[number]): GemmaConfig {
  const multiple = columnMultiple(dtype);
  const [D, F, heads, H] =
    multiple === 1 ? [37, 45, 3, 10] : multiple === 32 ? [64, 96, 2, 16] : [256, 256, 2, 128];
  return {
    ...GEMMA_2B,
    vocabSize: 41,
    hiddenSize: D,
    intermediateSize: F,
    numHiddenLayers: 2,
    numAttentionHeads: heads,
    numKeyValueHeads: 1,
    headDim: H,
    maxPositionEmbeddings: 256,
  };
}

/** A model whose matrices are in `dtype`. */
function tensorsFor(dtype: (typeof KERNEL_TYPES)[number], config: GemmaConfig) {
  const norms = randomTensors(config, 5);
  return new Map<string, RowSource>(
    weightSpecs(config).map(({ name, shape }, i) => {
      if (shape.length === 1) return [name, norms.get(name) as RowSource];
      return [name, sourceOf(randomStored(dtype, shape as unknown as [number, number], i), name)];
    }),
  );
}

const ids = Array.from({ length: 60 }, (_, i) => (7 * i + 3) % 41);
/** Prompts of many lengths: 1 row, fewer than a tile, a tile, more. */
const PROMPTS = [1, 2, 4, 7, 23].map((length) => ids.slice(length, 2 * length));

/** Logits after each prompt, and after two more tokens. */
async function alone(model: Model): Promise<number[][][]> {
  const all: number[][][] = [];
  for (const prompt of PROMPTS) {
    const cache = model.createCache({ contextLength: 40 });
    const rounds = [[...(await model.forward(prompt, cache)).data]];
    for (const id of [3, 11]) rounds.push([...(await model.forward([id], cache)).data]);
    cache.dispose();
    all.push(rounds);
  }
  return all;
}

/** The same, all prompts in one pass, then all tokens. */
async function batched(model: Model): Promise<number[][][]> {
  const caches = PROMPTS.map(() => model.createCache({ contextLength: 40 }));
  const rounds = [await model.forward(PROMPTS.map((ids, i) => ({ ids, cache: caches[i] })))];
  for (const id of [3, 11]) {
    rounds.push(await model.forward(caches.map((cache) => ({ ids: [id], cache }))));
  }
  for (const cache of caches) cache.dispose();
  return PROMPTS.map((_, i) => rounds.map((round) => [...round[i].data]));
}

async function loaded<T>(
  dtype: (typeof KERNEL_TYPES)[number],
  backend: WasmBackend,
  work: (model: Model) => Promise<T>,
): Promise<T> {
  try {
    const config = configFor(dtype);
    const model = await Model.load({ config, tensors: tensorsFor(dtype, config), backend });
    return await work(model as unknown as Model);
  } finally {
    backend.dispose();
  }
}

describe.each(KERNEL_TYPES)("a model in %s", (dtype) => {
  it("has the same bits alone, in a batch, in chunks, on any threads and memories", async () => {
    const wanted = await loaded(dtype, wasmBackend({ threads: 1 }), alone);
    expect(wanted.flat(2).every(Number.isFinite)).toBe(true);
    expect(await loaded(dtype, wasmBackend({ threads: 1 }), batched)).toEqual(wanted);
    expect(await loaded(dtype, wasmBackend({ threads: 1, maxRows: 5 }), batched)).toEqual(wanted);
    const apart = wasmBackendWith(SMALL, { threads: MOST, maxRows: 9 });
    expect(await loaded(dtype, apart, batched)).toEqual(wanted);
    expect(await loaded(dtype, wasmBackendWith(SMALL, { threads: 1 }), alone)).toEqual(wanted);
  });
});

describe("a weight that fills several memories", () => {
  it("is cut into parts, and computes as one", async () => {
    const stored = randomStored("bfloat16", [203, 301], 1);
    const x = randomTensor([5, 301], 2);
    const run = (sizes: MemorySizes | undefined, options: WasmOptions) => {
      const make = () => (sizes ? wasmBackendWith(sizes, options) : wasmBackend(options));
      return withBackend(
        options,
        async (backend) => {
          const weight = await backend.upload(sourceOf(stored));
          const parts = weight.kind === "matrix" ? weight.parts : [];
          const [source, dst] = [put(backend, x), blank(backend, 5, 203)];
          backend.ops.matmul(dst, source, weight, rowsOf(5));
          const many = await backend.read(dst, rowsOf(5));
          backend.ops.matmul(dst, source, weight, rowsOf(1, 3));
          const one = await backend.read(dst, rowsOf(1, 3));
          const [table, ids] = [blank(backend, 203, 301), backend.allocIds(203)];
          backend.setIds(
            ids,
            Int32Array.from({ length: 203 }, (_, i) => i),
          );
          backend.ops.embed(table, weight, ids, rowsOf(203), 1);
          return { parts, results: [many, one, await backend.read(table, rowsOf(203))] };
        },
        make,
      );
    };
    const whole = await run(undefined, { threads: 1 });
    expect(whole.parts).toHaveLength(1);
    for (const threads of THREADS) {
      const { parts, results } = await run(SMALL, { threads });
      expect(new Set(parts.map(({ memory }) => memory)).size).toBeGreaterThan(4);
      expect(parts.reduce((sum, { rows }) => sum + rows, 0)).toBe(203);
      expect(results).toEqual(whole.results);
    }
  });

  it("gives its memory back, also if it cannot be read to the end", async () => {
    await withBackend(
      {},
      async (backend) => {
        const stored = randomStored("float32", [64, 256], 1); // 64 KB: more than all memories but one could keep
        for (let i = 0; i < 100; i++) {
          const weight = await backend.upload(sourceOf(stored));
          if (weight.kind === "matrix")
            expect(weight.parts.every(({ memory }) => memory < 6)).toBe(true);
          backend.free("weight", weight);
        }
        const source = sourceOf(stored);
        let rows = 0;
        const failing = {
          ...source,
          rows: async (begin: number, end: number) => {
            rows += end - begin;
            if (rows > 40) throw new RangeError("a short file");
            return source.rows(begin, end);
          },
        };
        for (let i = 0; i < 20; i++) {
          rows = 0;
          await expect(backend.upload(failing)).rejects.toThrow("a short file");
        }
        const weight = await backend.upload(source);
        if (weight.kind === "matrix") expect(weight.parts[0].memory).toBe(1);
      },
      () => wasmBackendWith(SMALL, { threads: 1 }),
    );
  });
});

describe.each(THREADS)("on %i thread(s)", (threads) => {
  const config = {
    ...GEMMA_2B,
    numHiddenLayers: 2,
    numAttentionHeads: 2,
    numKeyValueHeads: 1,
    headDim: 16,
  };
  /** Keys and values of positions 0 … in both layers, of what `seed` says. */
  function fill(
    backend: WasmBackend,
    kv: ReturnType<WasmBackend["createKV"]>,
    count: number,
    seed: number,
  ) {
    for (const layer of [0, 1]) {
      const [k, v] = [0, 1].map((i) =>
        put(backend, randomTensor([count, 16], seed + 2 * layer + i)),
      );
      backend.ops.kvWrite(layer, k, v, [{ ...rowsOf(count), pos: 0, kv }]);
      backend.free("tensor", k);
      backend.free("tensor", v);
    }
  }
  async function look(backend: WasmBackend, kv: ReturnType<WasmBackend["createKV"]>, pos: number) {
    const [q, dst] = [put(backend, randomTensor([1, 32], 99)), blank(backend, 2, 32)];
    for (const layer of [0, 1]) {
      backend.ops.attention(dst, q, layer, [{ from: 0, count: 1, into: layer, pos, kv }], 1);
    }
    return backend.read(dst, rowsOf(2));
  }

  it("a cache that grows keeps what is in it", async () => {
    await withBackend({ threads }, async (backend) => {
      const kv = backend.createKV(config, { positions: 8 });
      fill(backend, kv, 8, 1);
      const wanted = await look(backend, kv, 7);
      for (const positions of [9, 200, 100, 5000]) {
        backend.reserve?.(kv, { positions });
        expect(await look(backend, kv, 7)).toEqual(wanted);
      }
    });
  });

  it("a cache whose growth was aborted is as before, and may grow again", async () => {
    await withBackend({ threads }, async (backend) => {
      const kv = backend.createKV(config, { positions: 8 });
      fill(backend, kv, 8, 1);
      const wanted = await look(backend, kv, 7);
      for (let i = 0; i < 5; i++) {
        backend.reserve?.(kv, { positions: 100 });
        const dst = blank(backend, 1, 1);
        const aborted = backend.read(dst, rowsOf(1), AbortSignal.abort("enough"));
        await expect(aborted).rejects.toBe("enough");
        // What comes to lie where the copy was to go must not show.
        const other = backend.createKV(config, { positions: 100 });
        fill(backend, other, 100, 50);
        expect(await look(backend, kv, 7)).toEqual(wanted);
        backend.free("kv", other);
      }
      backend.reserve?.(kv, { positions: 100 });
      expect(await look(backend, kv, 7)).toEqual(wanted);
    });
  });

  it("a cache that is freed while its growth is aborted gives all its room back, once", async () => {
    await withBackend({ threads }, async (backend) => {
      const dst = blank(backend, 1, 1);
      const weight = await backend.upload(sourceOf(randomStored("float32", [512, 512], 1)));
      const [x, y] = [put(backend, randomTensor([64, 512], 2)), blank(backend, 64, 512)];
      const places: object[] = [];
      for (let i = 0; i < 3; i++) {
        const kv = backend.createKV(config, { positions: 8 });
        places.push(kv.layers[0].place);
        fill(backend, kv, 8, 1);
        await look(backend, kv, 7);
        backend.reserve?.(kv, { positions: 100 });
        for (let j = 0; j < 60; j++) backend.ops.matmul(y, x, weight, rowsOf(64)); // longer than a turn
        const controller = new AbortController();
        const aborted = backend.read(dst, rowsOf(1), controller.signal);
        backend.free("kv", kv);
        controller.abort("enough");
        await expect(aborted).rejects.toBe("enough");
        await backend.read(dst, rowsOf(1)); // whatever is still to be freed
      }
      expect(places).toEqual([places[0], places[0], places[0]]);
      const [a, b] = [0, 1].map(() => backend.createKV(config, { positions: 100 }));
      fill(backend, a, 100, 10);
      const wanted = await look(backend, a, 99);
      fill(backend, b, 100, 20);
      expect(await look(backend, a, 99)).toEqual(wanted);
    });
  });

  it("packs rows anew where the batch that packed them was aborted", async () => {
    await withBackend({ threads }, async (backend) => {
      const weight = await backend.upload(sourceOf(randomStored("bfloat16", [8, 30], 1)));
      const [other, x] = [3, 2].map((seed) => put(backend, randomTensor([5, 30], seed)));
      const dst = blank(backend, 5, 8);
      backend.ops.matmul(dst, x, weight, rowsOf(5));
      const wanted = await backend.read(dst, rowsOf(5));
      backend.ops.matmul(dst, other, weight, rowsOf(5));
      await backend.read(dst, rowsOf(5));
      backend.ops.matmul(dst, x, weight, rowsOf(5));
      const aborted = backend.read(dst, rowsOf(5), AbortSignal.abort("enough"));
      await expect(aborted).rejects.toBe("enough");
      backend.ops.matmul(dst, x, weight, rowsOf(5));
      expect(await backend.read(dst, rowsOf(5))).toEqual(wanted);
    });
  });

  it("frees nothing that work before it still uses, even if a later read is aborted", async () => {
    await withBackend({ threads }, async (backend) => {
      const stored = randomStored("float32", [512, 512], 1);
      const weight = await backend.upload(sourceOf(stored));
      const [x, dst] = [put(backend, randomTensor([64, 512], 2)), blank(backend, 64, 512)];
      backend.ops.matmul(dst, x, weight, rowsOf(64));
      const wanted = await backend.read(dst, rowsOf(64));
      for (let i = 0; i < 60; i++) backend.ops.matmul(dst, x, weight, rowsOf(64)); // longer than a turn
      const reading = backend.read(dst, rowsOf(64));
      backend.ops.add(x, x, x, rowsOf(1)); // recorded before it is freed, and dropped with the read below
      backend.free("weight", weight);
      const aborted = backend.read(dst, rowsOf(1), AbortSignal.abort("enough"));
      await expect(aborted).rejects.toBe("enough");
      // Room as large as the weight's, filled with 0 at once.
      for (let i = 0; i < 4; i++) backend.alloc("large", 512, 512);
      expect(await reading).toEqual(wanted);
    });
  });

  it("an abort while it works leaves the backend usable, and others' work done", async () => {
    await withBackend({ threads }, async (backend) => {
      const weight = await backend.upload(sourceOf(randomStored("float32", [512, 512], 1)));
      const x = put(backend, randomTensor([128, 512], 2));
      const dst = blank(backend, 128, 512);
      const long = () => {
        for (let i = 0; i < 400; i++) backend.ops.matmul(dst, x, weight, rowsOf(128));
      };
      const mark = put(backend, tensor(Float32Array.of(0), [1, 1]));
      backend.ops.matmul(dst, x, weight, rowsOf(128));
      const wanted = await backend.read(dst, rowsOf(128));
      const controller = new AbortController();
      long();
      backend.write(mark, Float32Array.of(1));
      const aborted = backend.read(dst, rowsOf(1), controller.signal);
      const sums = blank(backend, 128, 512);
      backend.ops.add(sums, x, x, rowsOf(128));
      const next = backend.read(sums, rowsOf(128));
      await new Promise((resolve) => setTimeout(resolve, 5));
      controller.abort("enough");
      await expect(aborted).rejects.toBe("enough");
      expect(await next).toEqual((await backend.read(x, rowsOf(128))).map((one) => 2 * one));
      expect([...(await backend.read(mark, rowsOf(1)))]).toEqual([0]); // a second of work was not done
      backend.ops.matmul(dst, x, weight, rowsOf(128));
      expect(await backend.read(dst, rowsOf(128))).toEqual(wanted);
    });
  });

  it("has any number of reads outstanding, each of what was recorded up to it", async () => {
    await withBackend({ threads }, async (backend) => {
      const x = put(backend, randomTensor([1, 4], 1));
      backend.write(x, Float32Array.of(1, 1, 1, 1));
      const one = blank(backend, 1, 4);
      backend.write(one, Float32Array.of(1, 1, 1, 1));
      const reads: Promise<ArrayLike<number>>[] = [];
      for (let i = 0; i < 300; i++) {
        const isAborted = i % 7 === 3;
        backend.ops.add(x, x, one, rowsOf(1));
        if (isAborted) {
          backend.write(x, Float32Array.of(i + 1, 0, 0, 0)); // dropped with its batch
          reads.push(backend.read(x, rowsOf(1), AbortSignal.abort(i)).catch((error) => [error]));
        } else {
          reads.push(backend.read(x, rowsOf(1), new AbortController().signal));
        }
      }
      let value = 1;
      for (const [i, read] of reads.entries()) {
        if (i % 7 === 3) expect((await read)[0]).toBe(i);
        else expect((await read)[0]).toBe(++value);
      }
    });
  });

  it("rejects when it is disposed while it works, and afterwards, and throws from nothing else", async () => {
    const backend = wasmBackend({ threads });
    const weight = await backend.upload(sourceOf(randomStored("float32", [512, 512], 1)));
    const x = put(backend, randomTensor([64, 512], 2));
    const dst = blank(backend, 64, 512);
    for (let i = 0; i < 100; i++) backend.ops.matmul(dst, x, weight, rowsOf(64));
    const reads = [0, 1, 2].map(() => backend.read(dst, rowsOf(1)));
    backend.dispose();
    backend.dispose();
    for (const read of reads) await expect(read).rejects.toThrow(ArgumentError);
    await expect(backend.read(dst, rowsOf(1))).rejects.toThrow(
      /"backend" expected a backend in use/,
    );
  });

  it("throws from nothing but reads and uploads once it is disposed", async () => {
    const backend = wasmBackend({ threads });
    const kv = backend.createKV(config, { positions: 4 });
    const stored = randomStored("float32", [32, 32], 1);
    const weight = await backend.upload(sourceOf(stored));
    const [x, ids] = [put(backend, randomTensor([64, 32], 2)), backend.allocIds(64)];
    const gain = await backend.upload({ ...sourceOf(stored), shape: [1024] });
    let goOn: () => void = () => {};
    const late = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const source = sourceOf(stored);
    const uploads = [[32, 32], [1024]].map((shape) => {
      const rows = () => late.then(() => new Uint8Array(4096));
      return backend.upload({ ...source, shape, rows });
    });
    backend.dispose();
    goOn();
    for (const upload of uploads)
      await expect(upload).rejects.toThrow(/"backend" expected a backend in use/);
    await expect(backend.upload(source)).rejects.toThrow(ArgumentError);
    // No room was made for any of these before.
    const { ops } = backend;
    const spans = [{ ...rowsOf(64), pos: 0, kv }];
    backend.reserve?.(kv, { positions: 400 });
    backend.setIds(ids, [1, 2]);
    ops.embed(x, weight, ids, rowsOf(64), 1);
    ops.rmsNorm(x, x, gain, rowsOf(64), 1);
    ops.matmul(x, x, weight, rowsOf(64));
    ops.rope(x, x, spans, 2, 16, 10000);
    ops.kvWrite(0, x, x, spans);
    ops.attention(x, x, 0, spans, 1);
    ops.geglu(x, x, x, rowsOf(64));
    ops.add(x, x, x, rowsOf(64));
    backend.write(x, new Float32Array(32));
    backend.free("weight", weight);
    backend.free("tensor", backend.alloc("late", 1, 4));
    const other = backend.createKV(config, { positions: 4 });
    backend.reserve?.(other, { positions: 400 });
    backend.free("kv", other);
    await expect(backend.read(x, rowsOf(1))).rejects.toThrow(ArgumentError);
  });

  it("says when there is no room, and goes on", async () => {
    await withBackend({ threads }, async (backend) => {
      expect(() => backend.createKV(config, { positions: 2 ** 30 })).toThrow(BackendError);
      const kv = backend.createKV(config, { positions: 8 });
      fill(backend, kv, 8, 1);
      const wanted = await look(backend, kv, 7);
      expect(() => backend.reserve?.(kv, { positions: 2 ** 30 })).toThrow(BackendError);
      expect(await look(backend, kv, 7)).toEqual(wanted);
    });
  });
});

describe("wasmBackend", () => {
  it("says what it is", () => {
    const backend = wasmBackend({ threads: 1, simd: "simd128" });
    expect(backend.info).toMatchObject({
      name: "wasm",
      precision: "float32",
      accuracy: "float32",
      maxRows: 128,
    });
    expect(backend.info.weightTypes).toEqual(KERNEL_TYPES);
    backend.dispose();
  });

  it.each([
    [{ threads: 0 }, /"threads" expected/],
    [{ threads: 1.5 }, /"threads" expected/],
    [{ maxRows: 0 }, /"maxRows" expected/],
    [{ simd: "avx" }, /"simd" expected "simd128" or "relaxed-simd", got "avx"/],
    [{ thread: 1 }, /thread/],
  ] as const)("refuses %j", (options, message) => {
    const make = () => wasmBackend(options as WasmOptions);
    expect(make).toThrow(ArgumentError);
    expect(make).toThrow(message);
  });

  it("refuses threads where no memory can be shared, and does without", () => {
    const known = globalThis.SharedArrayBuffer;
    try {
      (globalThis as { SharedArrayBuffer?: unknown }).SharedArrayBuffer = undefined;
      expect(() => wasmBackend({ threads: 2 })).toThrow(UnsupportedError);
      wasmBackend().dispose();
    } finally {
      globalThis.SharedArrayBuffer = known;
    }
  });
});
