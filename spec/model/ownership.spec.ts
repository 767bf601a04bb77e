/** Who frees what, and what becomes of a model whose backend fails. */
import { describe, expect, it } from "vitest";
import { type Backend, BackendError } from "../../src/backend/backend.ts";
import { withChecks } from "../../src/backend/checks.ts";
import { type CpuHandles, cpuBackend } from "../../src/backend/cpu/cpu.ts";
import { Gemma } from "../../src/gemma.ts";
import { generate } from "../../src/generation/generate.ts";
import { generateBatch } from "../../src/generation/generate-batch.ts";
import { score } from "../../src/generation/likelihood/score.ts";
import { trace } from "../../src/interp/run/trace.ts";
import { Model } from "../../src/model/model.ts";
import { joinBytes } from "../../src/source/bytes.ts";
import type { DType, RowSource, WeightSource } from "../../src/tensor/stored.ts";
import { counting } from "../support/counting.ts";
import { SINGLE } from "../support/files/small-checkpoint.ts";
import { fixtureFolder } from "../support/files.ts";
import { checkpoint, load, loadOn, promptIds, promptLogits } from "../support/goldens.ts";
import { settled, watch } from "../support/watched-folder.ts";

const NOTHING = { tensor: 0, weight: 0, kv: 0, ids: 0 };
const ids = promptIds("mqa", "prompt-7");

/** Reads NaN. */
const poisoned =
  (read: Backend<CpuHandles>["read"]): Backend<CpuHandles>["read"] =>
  async (...args) =>
    (await read(...args)).fill(Number.NaN);

describe("a model", () => {
  it("frees what it allocated, each handle once, whatever it was used for", async () => {
    const { backend, account } = counting(cpuBackend());
    const model = await loadOn("mqa", backend);
    const [kept, given] = [model.createCache(), model.createCache()];
    await model.forward(ids, kept);
    await model.forward([{ ids, cache: given }], { logits: "all" });
    await trace(model, ids, { names: ["blocks.0.attn.hook_q"] });
    given.dispose();
    expect(account.out).toMatchObject({ weight: 20, kv: 1, ids: 1 });
    model.dispose();
    model.dispose();
    expect(account).toEqual({ out: NOTHING, disposals: 0 });
    await expect(model.forward(ids, kept)).rejects.toThrow(/"model" expected a model in use/);
    expect(() => model.createCache()).toThrow(/"model" expected a model in use/);
  });

  it("takes only caches of its own", async () => {
    const backend = cpuBackend();
    const [a, b] = [await loadOn("mqa", backend), await loadOn("gqa", backend)];
    await expect(a.forward(ids, b.createCache())).rejects.toThrow(
      /"cache" expected a cache of this model, got the cache of another model/,
    );
  });

  it("says which call was refused: forward or record", async () => {
    const model = await loadOn("mqa", cpuBackend());
    const other = await loadOn("mqa", cpuBackend());
    const short = model.createCache({ contextLength: 1 });
    const busy = model.createCache();
    const going = model.forward(ids, busy);
    const ended = model.createCache();
    ended.dispose();
    for (const cache of [short, busy, ended, other.createCache()]) {
      await expect(model.forward([2, 3], cache)).rejects.toHaveProperty("op", "forward");
      await expect(model.record([2, 3], cache, [])).rejects.toHaveProperty("op", "record");
    }
    await going;
  });

  it("that is disposed in the middle records no further pass, and its calls reject", async () => {
    const cpu = cpuBackend({ maxRows: 2 });
    let passes = 0;
    const backend: Backend<CpuHandles> = {
      ...cpu,
      setIds(dst, tokens) {
        if (++passes === 2) model.dispose();
        cpu.setIds(dst, tokens);
      },
    };
    const model = await loadOn("mqa", backend);
    await expect(model.forward(ids, model.createCache())).rejects.toThrow(
      /"model" expected a model in use/,
    );
    expect(passes).toBe(2);
    const other = await loadOn("mqa", backend); // the backend serves another
    expect((await other.forward(ids, other.createCache())).shape[0]).toBe(1);
    const ended = await loadOn("mqa", cpuBackend());
    const last = ended.forward(ids, ended.createCache());
    ended.dispose(); // while its only pass is computed
    await expect(last).rejects.toThrow(/"model" expected a model in use/);
  });

  it.each([1, 7, 20])("frees what came when upload %i failed", async (n) => {
    const { backend, account } = counting(cpuBackend());
    const { config, tensors } = await checkpoint("mqa");
    let asked = 0;
    const failing: Backend<CpuHandles> = {
      ...backend,
      async upload(source, signal) {
        if (++asked === n) throw new Error("no");
        return backend.upload(source, signal);
      },
    };
    await expect(Model.load({ config, tensors, backend: failing })).rejects.toThrow("no");
    expect(account.out).toEqual(NOTHING);
  });

  it("is refused by a typed error for passes of more rows than there is room for", async () => {
    const loading = loadOn("mqa", cpuBackend({ maxRows: 2 ** 50 }));
    await expect(loading).rejects.toMatchObject({ name: "BackendError", kind: "memory" });
  });

  it("frees its weights when there is no room for its scratch", async () => {
    const { backend, account } = counting(cpuBackend());
    const { config, tensors } = await checkpoint("mqa");
    const allocIds = () => {
      throw new Error("no");
    };
    const full = { ...backend, allocIds };
    await expect(Model.load({ config, tensors, backend: full })).rejects.toThrow("no");
    expect(account.out).toEqual(NOTHING);
  });
});

describe("every cache and every scratch tensor is given back", () => {
  const prompt = [2, 5, 9];
  const uses: Record<string, (model: Model<CpuHandles>) => Promise<unknown>> = {
    generate: (model) => generate(model, undefined, prompt, { maxTokens: 2 }).text(),
    generateBatch: (model) => generateBatch(model, undefined, [prompt, prompt], { maxTokens: 2 }),
    "a batch for which there is no room": (model) => {
      let made = 0;
      const { createCache } = model;
      model.createCache = (options) => {
        if (++made === 3) throw new Error("no room");
        return createCache.call(model, options);
      };
      return generateBatch(model, undefined, [prompt, prompt, prompt]);
    },
    score: (model) => score(model, prompt),
    trace: (model) => trace(model, prompt, { names: ["logits"] }),
    "a trace that is aborted": (model) =>
      trace(model, prompt, { names: ["logits"], signal: AbortSignal.abort("enough") }),
  };

  it.each(Object.keys(uses))("by %s", async (use) => {
    const { backend, account } = counting(cpuBackend());
    const model = await loadOn("mqa", backend);
    await model.forward(prompt, model.createCache(), { logits: "all" });
    await model.forward([2], model.createCache());
    const before = { ...account.out };
    await uses[use](model).catch(() => {});
    expect(account.out).toEqual(before);
  });

  it("by the search for the first NaN", async () => {
    const { backend, account } = counting(cpuBackend());
    const { config, tensors } = await checkpoint("mqa");
    const bad = { ...backend, read: poisoned(backend.read) };
    const model = await Model.load({ config, tensors, backend: bad });
    const cache = model.createCache();
    const before = account.out.tensor;
    await expect(model.forward(prompt, cache)).rejects.toThrow(
      /"hook_embed" expected finite numbers/,
    );
    expect(account.out.tensor).toBe(before + 11); // its own scratch, made with the first pass
  });
});

describe("a backend", () => {
  it("is disposed by Gemma if Gemma made it, and else serves two models", async () => {
    const { backend, account } = counting(cpuBackend());
    const folder = () => fixtureFolder("tiny-stories-it");
    const [a, b] = [
      await Gemma.load(folder(), { backend }),
      await Gemma.load(folder(), { backend }),
    ];
    const wanted = await b.logits([2, 5, 9]);
    expect((await a.logits([2, 5, 9])).data).toEqual(wanted.data);
    await a.dispose();
    expect((await b.logits([2, 5, 9])).data).toEqual(wanted.data);
    await b.dispose();
    expect(account).toEqual({ out: NOTHING, disposals: 0 });

    const own = await Gemma.load(folder());
    await Promise.all([own.dispose(), own.dispose()]);
    const x = own.model.backend.alloc("x", 1, 1);
    await expect(own.model.backend.read(x, { from: 0, count: 1 })).rejects.toThrow(/disposed/);
  });

  it("that is lost fails every call from then on, with its own error", async () => {
    const lost = new BackendError({ op: "gpu", kind: "lost", got: "the driver was reset" });
    const cpu = cpuBackend();
    let isLost = false;
    const gpu: Backend<CpuHandles> = {
      ...cpu,
      lost: Promise.resolve(lost),
      read: (...args) => (isLost ? Promise.reject(lost) : cpu.read(...args)),
    };
    expect(await withChecks(gpu).lost).toBe(lost);
    const model = await loadOn("mqa", gpu);
    const cache = model.createCache();
    await model.forward(ids, cache);
    isLost = true;
    await expect(model.forward([2], cache)).rejects.toBe(lost);
    await expect(trace(model, ids, { names: ["logits"] })).rejects.toBe(lost);
    expect(cache.length).toBe(ids.length);
    expect(() => cache.rewind(0)).not.toThrow(); // it is not in the middle of a pass for ever
  });

  it.each([
    ["name", { name: "" }],
    ["precision", { precision: "int8" }],
    ["accuracy", { accuracy: "good" }],
    ["maxRows", { maxRows: 0 }],
    ["maxRows", { maxRows: -1 }],
    ["maxRows", { maxRows: 1.5 }],
    ["maxRows", { maxRows: Number.NaN }],
    ["maxRows", { maxRows: Number.POSITIVE_INFINITY }],
    ["maxRows", { maxRows: "64" }],
    ["weightTypes", { weightTypes: ["bfloat16"] }],
    ["weightTypes", { weightTypes: ["float32", "int8"] }],
  ])("is refused when its info has a wrong %s", async (name, wrong) => {
    const cpu = cpuBackend();
    const info = { ...cpu.info, ...wrong } as typeof cpu.info;
    await expect(loadOn("mqa", { ...cpu, info })).rejects.toThrow(name);
  });

  it.each([
    [["float32"], ["float32"]],
    [
      ["float64", "bfloat16"],
      ["bfloat16", "float64"],
    ],
    [["float64"], ["float64"]],
  ] as const)("that takes %j gets nothing else, and the same numbers", async (accepted, wanted) => {
    const cpu = cpuBackend({ precision: "float64" });
    const seen = new Set<DType>();
    const picky: Backend<CpuHandles> = {
      ...cpu,
      info: { ...cpu.info, weightTypes: accepted },
      upload(source, signal) {
        seen.add(source.dtype);
        return cpu.upload(source, signal);
      },
    };
    const model = await loadOn("mqa", picky); // bfloat16 matrices
    expect([...seen].every((dtype) => (wanted as readonly DType[]).includes(dtype))).toBe(true);
    expect(await promptLogits(model, ids)).toEqual(
      await promptLogits(await load("mqa", "float64"), ids),
    );
  });

  it("that makes no room for a late weight gets the others back", async () => {
    const { backend, account } = counting(cpuBackend());
    const { config, tensors } = await checkpoint("mqa");
    let asked = 0;
    const failing = {
      ...backend,
      uploadLater: (...args: Parameters<NonNullable<typeof backend.uploadLater>>) => {
        if (++asked === 5) throw new Error("no room");
        return (backend.uploadLater as NonNullable<typeof backend.uploadLater>)(...args);
      },
    };
    const loading = Model.load({ config, tensors, backend: failing, background: true });
    await expect(loading).rejects.toThrow("no room");
    expect(account.out).toEqual(NOTHING);
  });

  it("may read weights in any order while they arrive", async () => {
    const cpu = cpuBackend();
    const { config, tensors } = await checkpoint("mqa");
    const waiting: (() => void)[] = [];
    const lastFirst: Backend<CpuHandles> = {
      ...cpu,
      uploadLater(source, signal) {
        const turn = new Promise<void>((resolve) => waiting.push(resolve));
        const rows: typeof source.rows = async (...range) => {
          await turn;
          return source.rows(...range);
        };
        return (cpu.uploadLater as NonNullable<typeof cpu.uploadLater>)(
          { ...source, rows },
          signal,
        );
      },
    };
    const model = await Model.load({ config, tensors, backend: lastFirst, background: true });
    const logits = promptLogits(model, ids);
    for (const go of waiting.reverse()) {
      go();
      await Promise.resolve();
    }
    expect(await logits).toEqual(await promptLogits(await load("mqa", "float32"), ids));
    await model.arrived;
  });
});

describe("a backend that reads a weight only when it is used", () => {
  /** Nothing is read before `use`; then each weight in several ranges at once, the last first. */
  function lazy() {
    const { backend, account } = counting(cpuBackend());
    let use = () => {};
    const used = new Promise<void>((resolve) => {
      use = resolve;
    });
    const { uploadLater } = backend as Required<typeof backend>;
    const late: Backend<CpuHandles> = {
      ...backend,
      uploadLater: (source, signal) =>
        uploadLater({ ...source, rows: (begin, end) => inRanges(source, begin, end) }, signal),
    };
    async function inRanges(source: WeightSource, begin: number, end: number) {
      await used;
      const step = Math.ceil((end - begin) / 5);
      const ranges: [number, number][] = [];
      for (let at = begin; at < end; at += step) ranges.push([at, Math.min(end, at + step)]);
      const reads = ranges.reverse().map(([from, to]) => source.rows(from, to));
      return joinBytes((await Promise.all(reads)).reverse());
    }
    return { backend: late, account, use };
  }

  it("gives the same numbers", async () => {
    const { backend, use } = lazy();
    const { config, tensors } = await checkpoint("mqa");
    const model = await Model.load({ config, tensors, backend, background: true });
    const logits = promptLogits(model, ids);
    use();
    expect(await logits).toEqual(await promptLogits(await load("mqa", "float32"), ids));
    await model.arrived;
  });

  it("does not keep a model from being disposed, nor a file open", async () => {
    const seen = watch(SINGLE);
    const { backend, account } = lazy();
    const gemma = await settled(Gemma.load(seen.folder, { backend, background: true }));
    const arrived = gemma.arrived.catch((error) => error);
    await settled(gemma.dispose());
    expect((await settled(arrived)).message).toMatch(/"model" expected a model in use/);
    expect([seen.open, account.out]).toEqual([[], NOTHING]);
  });

  it("does not keep an abort from those who wait for all weights", async () => {
    const reason = new Error("enough");
    const abort = new AbortController();
    const { config, tensors } = await checkpoint("mqa");
    const { backend, use } = lazy();
    const options = { config, tensors, backend, background: true, signal: abort.signal };
    const model = await Model.load(options);
    abort.abort(reason);
    await expect(settled(model.arrived)).rejects.toBe(reason);
    use(); // what is read later is not read any more
    await expect(settled(model.forward(ids, model.createCache()))).rejects.toBe(reason);
  });

  it("does not keep from them that another weight could not be read", async () => {
    const reason = new Error("no such rows");
    const { config, tensors } = await checkpoint("mqa");
    const name = "model.norm.weight";
    const broken = { ...(tensors.get(name) as RowSource), rows: () => Promise.reject(reason) };
    const { backend } = lazy();
    const { uploadLater: atOnce } = cpuBackend();
    const mixed = {
      ...backend,
      uploadLater: (...args: Parameters<NonNullable<typeof atOnce>>) => {
        const upload = args[0].name === name ? atOnce : backend.uploadLater;
        return (upload as NonNullable<typeof atOnce>)(...args);
      },
    };
    const options = { config, backend: mixed, background: true };
    const model = await Model.load({ ...options, tensors: new Map(tensors).set(name, broken) });
    await expect(settled(model.arrived)).rejects.toBe(reason);
  });
});

describe("a cache", () => {
  const long = Array.from({ length: 70 }, (_, i) => 3 + i);

  it("is as good as before when the pass that made it grow was aborted, or ran out of memory", async () => {
    const cpu = cpuBackend();
    let isFull = false;
    const backend: Backend<CpuHandles> = {
      ...cpu,
      reserve(kv, options) {
        cpu.reserve?.(kv, options);
        if (!isFull) return;
        // As where memory runs out half way: the keys of a layer have moved, its values have not.
        const probe = cpu.alloc("probe", 1, 1);
        const { data } = probe;
        Object.defineProperty(probe, "data", {
          get() {
            if (isFull) throw new BackendError({ op: "reserve", kind: "memory" });
            return data;
          },
        });
        cpu.write(probe, Float32Array.of(1));
      },
    };
    const model = await loadOn("mqa", backend);
    const wanted = await model.forward(long, model.createCache());
    const cache = model.createCache();
    const signal = AbortSignal.abort("enough");
    await expect(model.forward(long, cache, { signal })).rejects.toBe("enough");
    expect([cache.length, cache.capacity]).toEqual([0, 64]);
    isFull = true;
    await expect(model.forward(long, cache)).rejects.toMatchObject({ kind: "memory" });
    expect([cache.length, cache.capacity]).toEqual([0, 64]);
    isFull = false;
    expect((await model.forward(long, cache)).data).toEqual(wanted.data);
    expect(cache.capacity).toBe(128);
  });

  it("that is disposed in the middle of a pass is freed after it, and the call rejects", async () => {
    const { backend, account } = counting(cpuBackend({ maxRows: 8 }));
    const model = await loadOn("mqa", backend);
    const cache = model.createCache({ contextLength: 64 });
    const going = model.forward(long.slice(0, 60), cache);
    await Promise.resolve();
    cache.dispose();
    expect(account.out.kv).toBe(1);
    await expect(going).rejects.toThrow(/"cache" expected a cache in use/);
    expect(account.out.kv).toBe(0);
    cache.dispose();
    expect(account.out.kv).toBe(0);
  });

  it("takes memory as it fills, by doubling, and keeps its numbers", async () => {
    const model = await load("mqa", "float32");
    const long = Array.from({ length: 150 }, (_, i) => 3 + i);
    const cache = model.createCache({ contextLength: 160 });
    const rooms: number[] = [cache.capacity];
    for (let i = 0; i < 150; i += 30) {
      await model.forward(long.slice(i, i + 30), cache);
      rooms.push(cache.capacity);
    }
    expect(rooms).toEqual([64, 64, 64, 128, 128, 160]);
    expect(cache.kv.keys[0].shape[0]).toBe(160);
    const whole = model.createCache({ contextLength: 160 });
    const wanted = await model.forward([...long, 7], whole);
    expect((await model.forward([7], cache)).data).toEqual(wanted.data);
  });

  it("has room for its whole context at once where the backend cannot let it grow", async () => {
    const { reserve: _, ...cpu } = cpuBackend();
    const model = await loadOn("mqa", cpu);
    const cache = model.createCache({ contextLength: 200 });
    expect(cache.capacity).toBe(200);
    await model.forward(
      Array.from({ length: 150 }, (_, i) => 3 + i),
      cache,
    );
    expect(cache.kv.keys[0].shape[0]).toBe(200);
  });

  it("says that there is no room, and is as good as before", async () => {
    const cpu = cpuBackend();
    let isFull = false;
    const full: Backend<CpuHandles> = {
      ...cpu,
      reserve(kv, options) {
        if (isFull) throw new BackendError({ op: "reserve", kind: "memory", label: "keys" });
        cpu.reserve?.(kv, options);
      },
    };
    const model = await loadOn("mqa", full);
    const cache = model.createCache();
    const long = Array.from({ length: 70 }, (_, i) => 3 + i);
    isFull = true;
    await expect(model.forward(long, cache)).rejects.toMatchObject({ kind: "memory" });
    expect([cache.length, cache.capacity]).toEqual([0, 64]);
    isFull = false;
    const wanted = await model.forward(long, model.createCache());
    expect((await model.forward(long, cache)).data).toEqual(wanted.data);
  });
});
