/** Adapters beside a model: which rows they change, and what they may not. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Backend, Handles } from "../../src/backend/backend.ts";
import { withChecks } from "../../src/backend/checks.ts";
import { cpuBackend } from "../../src/backend/cpu/cpu.ts";
import type { KVCache } from "../../src/model/kv-cache.ts";
import { Model } from "../../src/model/model.ts";
import { xoshiro128 } from "../../src/random.ts";
import { heldWeight } from "../../src/tensor/held.ts";
import { derived, type WeightSource } from "../../src/tensor/stored.ts";
import { type FloatArray, tensor } from "../../src/tensor/tensor.ts";
import { type Adapter, newAdapter } from "../../src/tuning/lora/adapter.ts";
import { mergeAdapter } from "../../src/tuning/lora/merge.ts";
import { PROJECTIONS } from "../../src/tuning/lora/settings.ts";
import { IS_LONG } from "../support/fuzz.ts";
import { learningCheckpoint, relativeError } from "../support/learning.ts";

const checkpoint = await learningCheckpoint("gqa");
const { config } = checkpoint;
const IDS = [2, 5, 9, 17, 4, 11, 8];

/** An adapter that has learnt: B is not 0. */
function adapterOf(seed: number, options: Parameters<typeof newAdapter>[1] = {}): Adapter {
  const adapter = newAdapter(config, { r: 2, seed, precision: "float64", ...options });
  const random = xoshiro128(seed + 100);
  for (const { b } of adapter.pairs.values()) {
    for (let i = 0; i < b.data.length; i++) b.data[i] = random() - 0.5;
  }
  return adapter;
}

const POET = adapterOf(1, { rankPattern: { q_proj: 3, down_proj: 1 }, alpha: 5 });
const CODER = adapterOf(2, { targets: ["q_proj", "v_proj"], r: 1 });

async function withBoth<Dev extends Handles>(backend: Backend<Dev>): Promise<Model<Dev>> {
  const { tensors } = checkpoint;
  const model = await Model.load({ config, tensors, backend });
  for (const [name, adapter] of [
    ["poet", POET],
    ["coder", CODER],
  ] as const) {
    const sources = mergeAdapter(model.sources, adapter).tensors as Map<string, WeightSource>;
    await model.addAdapter(name, adapter, { sources });
  }
  return model;
}

/** The logits of a model of its own, into whose weights `adapter` is merged. */
async function merged(adapter: Adapter | undefined, ids = IDS): Promise<Float64Array> {
  const { tensors } = checkpoint;
  const backend = cpuBackend({ precision: "float64" });
  const model = await Model.load({
    config,
    tensors: adapter ? mergeAdapter(tensors, adapter, { dtype: "float64" }).tensors : tensors,
    backend,
  });
  const { data } = await model.forward(ids, model.createCache(), { logits: "all" });
  return data as Float64Array;
}

const float64 = (maxRows = 512) => cpuBackend({ precision: "float64", maxRows });

describe("an adapter beside the weights", () => {
  it("is W + s · B A, and without one the model is itself to the bit", async () => {
    const model = await withBoth(float64());
    expect(model.adapterNames).toEqual(["poet", "coder"]);
    for (const [name, adapter] of [
      ["poet", POET],
      ["coder", CODER],
      [null, undefined],
    ] as const) {
      const own = model.withAdapter(name);
      expect(own.adapter).toBe(name ?? undefined);
      const { data } = await own.forward(IDS, own.createCache(), { logits: "all" });
      const expected = await merged(adapter);
      if (adapter) expect(relativeError(data, expected)).toBeLessThan(1e-12);
      else expect(data).toEqual(expected);
    }
    expect(relativeError(await merged(POET), await merged(undefined))).toBeGreaterThan(1e-3);
  });

  it("is so for any ranks, scales, projections and blocks, in passes of any length", async () => {
    const any = fc.record({
      r: fc.integer({ min: 1, max: 5 }),
      alpha: fc.double({ min: -9, max: 9, noNaN: true }),
      rsLora: fc.boolean(),
      targets: fc.subarray([...PROJECTIONS], { minLength: 1 }),
      layers: fc.subarray([0, 1], { minLength: 1 }),
      ranks: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 7 }),
      seed: fc.nat(),
    });
    const runs = fc.asyncProperty(
      any,
      fc.integer({ min: 1, max: 8 }),
      async ({ ranks, ...options }, maxRows) => {
        const { targets } = options;
        const ranked = ranks.slice(0, targets.length).map((rank, i) => [targets[i], rank]);
        const rankPattern = Object.fromEntries(ranked);
        const adapter = adapterOf(options.seed % 1000, { ...options, rankPattern });
        const model = await Model.load({
          config,
          tensors: checkpoint.tensors,
          backend: float64(maxRows),
        });
        await model.addAdapter("any", adapter, { sources: model.sources });
        const own = model.withAdapter("any");
        const { data } = await own.forward(IDS, own.createCache(), { logits: "all" });
        expect(relativeError(data, await merged(adapter))).toBeLessThan(1e-12);
      },
    );
    await fc.assert(runs, { numRuns: IS_LONG ? 200 : 12 });
  });

  it("shares passes with others and with the model alone, however they are cut, and breaks no rule of backends", async () => {
    for (const backend of [float64(512), float64(4), withChecks(float64(5))] as Backend[]) {
      const model = await withBoth(backend);
      const names = ["poet", null, "coder", "poet", null] as const;
      const runs = names.map(async (name, i) => {
        const own = model.withAdapter(name);
        const ids = IDS.slice(0, IDS.length - i);
        const cache = own.createCache();
        const { data } = await own.forward(ids, cache, { logits: "all" });
        return { adapter: { poet: POET, coder: CODER }[name as "poet"], ids, data };
      });
      for (const { adapter, ids, data } of await Promise.all(runs)) {
        const expected = await merged(adapter, ids);
        if (adapter) expect(relativeError(data, expected)).toBeLessThan(1e-12);
        else expect(data).toEqual(expected);
      }
      model.dispose();
    }
  });

  it("may have weights of its own in the place of the model's", async () => {
    const { hiddenSize: D } = config;
    const gain = (name: string, x: number) =>
      [name, heldWeight(name, tensor(new Float64Array(D).fill(x), [D]))] as const;
    const norms = [
      gain("model.layers.1.input_layernorm.weight", 0.5),
      gain("model.norm.weight", 2),
    ];
    const tuned: Adapter = { ...POET, whole: new Map(norms) };
    const model = await withBoth(float64(4));
    const sources = new Map(mergeAdapter(model.sources, tuned).tensors) as Map<
      string,
      WeightSource
    >;
    await model.addAdapter("tuned", tuned, { sources });
    const own = model.withAdapter("tuned");
    const [theirs, { data }, base] = await Promise.all([
      merged(tuned),
      own.forward(IDS, own.createCache(), { logits: "all" }),
      model.forward(IDS, model.createCache(), { logits: "all" }),
    ]);
    expect(relativeError(data, theirs)).toBeLessThan(1e-12);
    expect(base.data).toEqual(await merged(undefined));
    // The last norm by itself, as the logit lens has it.
    const stream = await own.record(IDS, own.createCache(), ["blocks.1.hook_resid_post"]);
    const rows = stream.get("blocks.1.hook_resid_post")?.data as Float64Array;
    const logits: number[] = [];
    const take = (some: FloatArray) => logits.push(...some);
    await own.unembed({ op: "unembed", stream: rows, take });
    expect(relativeError(logits, theirs)).toBeLessThan(1e-12);
  });

  it("belongs to a cache: tokens of one are not continued under another", async () => {
    const model = await withBoth(float64());
    const poet = model.withAdapter("poet");
    const cache = poet.createCache();
    await poet.forward(IDS, cache);
    expect(cache.adapter).toBe("poet");
    const refused = (own: Model, theirs: KVCache) => own.forward([3], theirs);
    await expect(refused(model, cache)).rejects.toThrow(
      'expected a cache with no adapter, got one with the adapter "poet"',
    );
    await expect(refused(model.withAdapter("coder"), cache)).rejects.toThrow('the adapter "coder"');
    await expect(refused(poet, model.createCache())).rejects.toThrow("got one with no adapter");
    const copy = await poet.copyCache(cache);
    expect(copy.adapter).toBe("poet");
    await expect(model.copyCache(cache)).rejects.toThrow("adapter");
    await refused(model.withAdapter("poet"), copy);
  });

  it("may be taken away: what is computed with it rejects, and the others go on", async () => {
    const base = float64(2);
    let reads = 0;
    let remove = () => {};
    const backend: typeof base = {
      ...base,
      read(...given) {
        if (++reads === 3) remove(); // in the middle of both
        return base.read(...given);
      },
    };
    const model = await withBoth(backend);
    const poet = model.withAdapter("poet");
    const cache = poet.createCache();
    remove = () => model.removeAdapter("poet");
    const running = poet.forward(new Array(64).fill(5), cache);
    const others = model.forward(IDS, model.createCache(), { logits: "all" });
    await expect(running).rejects.toThrow('"poet"');
    expect((await others).data).toEqual(await merged(undefined));
    await expect(poet.forward(IDS, cache)).rejects.toThrow("removed");
    expect(() => poet.createCache()).toThrow("removed");
    expect(() => model.withAdapter("poet")).toThrow("expected coder");
    expect(() => model.removeAdapter("poet")).toThrow("coder");
    await model.addAdapter("poet", CODER, { sources: new Map(model.sources) });
    expect(() => poet.createCache()).toThrow("removed"); // that of before
    expect(model.withAdapter("poet").createCache().adapter).toBe("poet");
  });

  it("is refused where it fits nothing, has a name twice, or numbers that are none", async () => {
    const model = await withBoth(float64());
    const { sources } = model;
    const add = (name: unknown, adapter: unknown) =>
      model.addAdapter(name as string, adapter as Adapter, { sources });
    await expect(add("poet", POET)).rejects.toThrow("a name that no adapter has");
    for (const name of ["", 7, undefined]) await expect(add(name, POET)).rejects.toThrow("a name");
    await expect(add("x", {})).rejects.toThrow("an Adapter");
    const [[name, pair]] = POET.pairs;
    const only = (key: string, one: object) => ({ pairs: new Map([[key, one]]), whole: new Map() });
    for (const key of [
      "model.layers.9.mlp.up_proj.weight",
      "model.embed_tokens.weight",
      "model.norm.weight",
    ]) {
      await expect(add("x", only(key, pair))).rejects.toThrow("a projection of a block");
    }
    await expect(add("x", only(name, { ...pair, a: pair.b }))).rejects.toThrow("of another model");
    await expect(add("x", only(name, { ...pair, scale: Number.NaN }))).rejects.toThrow("finite");
    const table = model.sources.get("model.embed_tokens.weight") as WeightSource;
    const whole = new Map([[table.name, table]]);
    await expect(add("x", { pairs: new Map(), whole })).rejects.toThrow("other than the table");
    const head = new Map([["score.weight", table]]);
    await expect(add("x", { pairs: new Map(), whole: head })).rejects.toThrow("a head that scores");
    expect(model.adapterNames).toEqual(["poet", "coder"]);
  });

  it("leaves nothing in a backend", async () => {
    const held = new Set<unknown>();
    const base = float64();
    const noted = <T>(handle: T): T => {
      held.add(handle);
      return handle;
    };
    const backend: typeof base = {
      ...base,
      upload: async (...args) => noted(await base.upload(...args)),
      alloc: (...args) => noted(base.alloc(...args)),
      free(kind, handle) {
        if (kind === "weight" || kind === "tensor") expect(held.delete(handle)).toBe(true);
        base.free(kind, handle);
      },
    };
    const model = await withBoth(backend);
    for (const name of ["poet", null, "coder"]) {
      const own = model.withAdapter(name);
      await own.forward(IDS, own.createCache());
    }
    const cache = model.createCache();
    const before = held.size;
    const [name] = [...CODER.pairs.keys()];
    const own = model.sources.get(name) as WeightSource;
    const broken = derived(own, { rows: () => Promise.reject(new Error("EIO")) });
    const failing = { ...POET, whole: new Map([[name, broken]]) };
    const adding = model.addAdapter("failing", failing, { sources: model.sources });
    await expect(adding).rejects.toThrow("EIO");
    expect(held.size).toBe(before);
    model.removeAdapter("coder");
    model.withAdapter("poet").dispose(); // of all
    expect(held.size).toBe(0);
    await expect(model.forward(IDS, cache)).rejects.toThrow("disposed");
  });
});
