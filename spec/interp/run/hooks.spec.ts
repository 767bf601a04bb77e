/** Hooks: what they see, what they change, and what they leave as it is. */
import ndarray from "ndarray";
import { describe, expect, it } from "vitest";
import type { Backend } from "../../../src/backend/backend.ts";
import { cpuBackend } from "../../../src/backend/cpu/cpu.ts";
import { wasmBackend } from "../../../src/backend/wasm/wasm.ts";
import { relativeError } from "../../../src/conformance/metrics.ts";
import { ArgumentError, ShapeError, UnsupportedError } from "../../../src/errors.ts";
import { Gemma } from "../../../src/gemma.ts";
import { generate } from "../../../src/generation/generate.ts";
import type { Generation } from "../../../src/generation/generation.ts";
import type { Hooks } from "../../../src/interp/run/hooks.ts";
import { runWithCache, runWithHooks } from "../../../src/interp/run/run-with-cache.ts";
import { weightOf } from "../../../src/interp/run/weights.ts";
import { Model } from "../../../src/model/model.ts";
import { parseTap, type TapName, tapNames } from "../../../src/model/taps.ts";
import { linear } from "../../../src/nn/linear.ts";
import { float64 } from "../../../src/tensor/precision.ts";
import { type NdArray, tensor } from "../../../src/tensor/tensor.ts";
import { fixtureFolder } from "../../support/files.ts";
import { checkpoint, load, loadOn, promptIds } from "../../support/goldens.ts";

/** More rows than a pass of the backends here has. */
const ids = promptIds("gqa", "prompt-7");

const BACKENDS: readonly [name: string, make: () => Promise<Backend>][] = [
  ["cpu in float64", async () => cpuBackend({ precision: "float64", maxRows: 4 })],
  ["cpu in float32", async () => cpuBackend({ precision: "float32", maxRows: 4 })],
  ["cpu in bfloat16", async () => cpuBackend({ precision: "bfloat16", maxRows: 4 })],
  ["wasm", async () => wasmBackend({ threads: 1, maxRows: 4 })],
];

async function on(make: () => Promise<Backend>): Promise<Model> {
  const { config, tensors } = await checkpoint("gqa");
  return Model.load({ config, tensors, backend: await make() });
}

/** The same numbers, in other places of a larger array. */
function aside(x: NdArray): NdArray {
  const [L, N, H] = x.shape;
  const turned = ndarray(new Float64Array(2 * L * N * H), [L, N, H], [H, L * H, 1], 5);
  for (let l = 0; l < L; l++) {
    for (let n = 0; n < N; n++) for (let h = 0; h < H; h++) turned.set(l, n, h, x.get(l, n, h));
  }
  return turned;
}

async function logitsOf(model: Model, some: readonly number[]): Promise<NdArray> {
  const cache = model.createCache();
  return model.forward(some, cache, { logits: "all" }).finally(() => cache.dispose());
}

describe("hooks", () => {
  it.each(BACKENDS)(
    "%s: each tap put back is the run without hooks, to the bit",
    async (_, make) => {
      const model = await on(make);
      const expected = await logitsOf(model, ids);
      const seen = new Map<TapName, number[]>();
      const look: Hooks = [
        [(): boolean => true, (x, { name }) => void seen.set(name, x.shape)],
        ["blocks.1.*", (x) => tensor(x.data.slice(), x.shape)],
        ["blocks.0.attn.hook_z", (x) => aside(x)],
      ];
      const logits = await runWithHooks(model, ids, look);
      expect(logits.data).toEqual(expected.data);
      expect(new Set(seen.keys())).toEqual(new Set(tapNames(model.config)));
      const cache = await runWithCache(model, ids);
      for (const [name, x] of cache) expect(seen.get(name), name).toEqual(x.shape);
      expect(cache.names.length).toBe(seen.size);
      expect(cache.logits?.data).toEqual(expected.data);
    },
  );

  it.each(BACKENDS.slice(1))("%s: a change shows in what comes after it alone", async (_, make) => {
    const model = await on(make);
    const before = await runWithCache(model, ids);
    const order = [...before].map(([name]) => name);
    for (const [name, row] of [
      ["blocks.0.attn.hook_pattern", undefined],
      ["blocks.1.ln1.hook_scale", 3],
      ["blocks.1.attn.hook_v", 3],
      ["blocks.1.hook_resid_mid", 3],
      ["blocks.1.attn.hook_result", 3],
    ] as const) {
      const hooks: Hooks = {
        [name](x) {
          const [rows] = x.shape;
          const size = x.data.length / rows;
          const [from, to] =
            row === undefined ? [0, x.data.length] : [row * size, (row + 1) * size];
          for (let i = from; i < to; i++) x.data[i] *= 1.5;
        },
      };
      const after = await runWithCache(model, ids, { hooks });
      expect(after.get(name).data, name).not.toEqual(before.get(name).data);
      for (const earlier of order.slice(0, order.indexOf(name))) {
        expect(after.get(earlier).data, `${earlier} before ${name}`).toEqual(
          before.get(earlier).data,
        );
      }
      const { logits } = after;
      expect(logits?.data, name).not.toEqual(before.logits?.data);
      if (row === undefined) continue;
      const { vocabSize: V } = model.config;
      expect(logits?.data.slice(0, row * V)).toEqual(before.logits?.data.slice(0, row * V));
    }
  });

  it("a changed link of a chain gives what the formula gives", async () => {
    const model = await load("gqa", "float64");
    const { numAttentionHeads: N, numKeyValueHeads: K, headDim: H } = model.config;
    // A pattern that reads the first token only: z is its value, and the same of scores.
    for (const name of ["attn.hook_pattern", "attn.hook_attn_scores"] as const) {
      const [first, rest] = name.endsWith("pattern") ? [1, 0] : [0, Number.NEGATIVE_INFINITY];
      const hooks: Hooks = {
        [`blocks.1.${name}`](x: NdArray) {
          const [, , S] = x.shape;
          for (let i = 0; i < x.data.length; i++) x.data[i] = i % S === 0 ? first : rest;
        },
      };
      const cache = await runWithCache(model, ids, { hooks, names: /attn.hook_[vz]$/ });
      const v = cache.get("blocks.1.attn.hook_v");
      const z = cache.get("blocks.1.attn.hook_z");
      for (let l = 0; l < ids.length; l++) {
        for (let n = 0; n < N; n++) {
          for (let h = 0; h < H; h++) {
            expect(z.get(l, n, h)).toBe(v.get(0, Math.floor((n * K) / N), h));
          }
        }
      }
    }
    // Twice the scale is half the norm's output.
    const scaled = await runWithCache(model, ids, {
      hooks: { "blocks.0.ln2.hook_scale": (x) => void x.data.set(x.data.map((s) => 2 * s)) },
      names: ["blocks.0.ln2.hook_out"],
    });
    const plain = await runWithCache(model, ids, { names: "blocks.0.ln2.hook_out" });
    const half = plain.get("blocks.0.ln2.hook_out").data.map((x) => x / 2);
    expect(relativeError(scaled.get("blocks.0.ln2.hook_out").data, half)).toBeLessThan(1e-15);
    // Without the results of all heads but one, attn_out is that head's columns of o_proj.
    const alone = await runWithCache(model, ids, {
      hooks: [
        [
          "blocks.1.attn.hook_result",
          (x) => {
            for (let i = 0; i < x.data.length; i++) {
              if (Math.floor(i / x.shape[2]) % N !== 2) x.data[i] = 0;
            }
          },
        ],
      ],
      names: ["blocks.1.hook_attn_out", "blocks.1.attn.hook_z"],
    });
    const z = alone.get("blocks.1.attn.hook_z");
    const only = tensor(new Float64Array(ids.length * N * H), [ids.length, N * H]);
    for (let l = 0; l < ids.length; l++) {
      for (let h = 0; h < H; h++) only.set(l, 2 * H + h, z.get(l, 2, h));
    }
    const oProj = await weightOf(model, "model.layers.1.self_attn.o_proj.weight");
    const stored = { dtype: "float64", shape: oProj.shape, data: oProj.data } as const;
    const out = linear(only, stored, { precision: float64 });
    expect(relativeError(alone.get("blocks.1.hook_attn_out").data, out.data)).toBeLessThan(1e-14);
  });

  it("are called in the order they are given, each with what the one before has left", async () => {
    const model = await load("gqa", "float64");
    const said: string[] = [];
    await runWithHooks(model, ids, [
      ["blocks.0.hook_attn_out", (x) => void said.push(`a ${x.get(0, 0)}`, `${x.data.fill(1)[0]}`)],
      [
        ["blocks.0.hook_attn_out", "logits"],
        async (x, { name }) => void said.push(name, `${x.get(0, 0)}`),
      ],
    ]);
    expect([said[1], said[2], said[3], said[4]]).toEqual([
      "1",
      "blocks.0.hook_attn_out",
      "1",
      "logits",
    ]);
  });

  it("refuse what is no hook, no tap, or not of the tap's shape, and leave the model as it was", async () => {
    const model = await load("gqa", "float32");
    const expected = await logitsOf(model, ids);
    const wrong = (hooks: unknown) => runWithHooks(model, ids, hooks as Hooks);
    await expect(wrong(null)).rejects.toThrow(/"hooks" expected \{ name: function \}/);
    await expect(wrong({ logits: 5 })).rejects.toThrow(/"hooks" expected a function for each name/);
    await expect(wrong({ "blocks.0.hook_zz": () => {} })).rejects.toThrow(ArgumentError);
    await expect(wrong({ logits: () => tensor(new Float32Array(4), [2, 2]) })).rejects.toThrow(
      ShapeError,
    );
    await expect(wrong({ logits: () => 7 })).rejects.toThrow(/"hook of logits" expected a tensor/);
    const own = new Error("mine");
    const thrown = wrong({
      hook_embed() {
        throw own;
      },
    });
    await expect(thrown).rejects.toBe(own);
    const abort = new AbortController();
    const stopped = runWithHooks(
      model,
      ids,
      { "blocks.0.hook_mlp_out": () => abort.abort("enough") },
      { signal: abort.signal },
    );
    await expect(stopped).rejects.toBe("enough");
    expect((await logitsOf(model, ids)).data).toEqual(expected.data);
  });
});

describe("a hook that takes its time", () => {
  it.each(["cpu", "wasm"] as const)(
    "%s: others compute meanwhile, and it may even be the end",
    async (backend) => {
      const gemma = await Gemma.load(fixtureFolder("gqa"), { backend });
      const expected = await gemma.logits(ids);
      const others: number[] = [];
      const logits = await gemma.runWithHooks(ids, {
        async "blocks.0.hook_mlp_out"() {
          for await (const { token } of gemma.generate([2, 9], { maxTokens: 3 }))
            others.push(token);
        },
      });
      expect(logits.data).toEqual(expected.data);
      expect(others).toEqual(await tokensOf(gemma.generate([2, 9], { maxTokens: 3 })));
      const hooks: Hooks = { "blocks.0.hook_mlp_out": () => gemma.dispose().then(() => undefined) };
      await expect(gemma.runWithCache(ids, { hooks })).rejects.toThrow(/a model in use/);
    },
  );
});

describe("what is kept", () => {
  it("is computed, and nothing beyond it", async () => {
    const model = await load("gqa", "float32");
    const kernels: string[] = [];
    const { ops } = model.backend;
    const spied = new Proxy(ops, {
      get(target, name: keyof typeof ops) {
        kernels.push(name);
        return target[name];
      },
    });
    const { config, tensors } = await checkpoint("gqa");
    const backend = { ...cpuBackend(), ops: spied } as unknown as Backend;
    const watched = await Model.load({ config, tensors, backend });
    await runWithCache(watched, ids, { names: "attn.hook_pattern", layers: 0 });
    expect(kernels).toEqual([
      ...["embed", "rmsNorm", "matmul", "matmul", "matmul", "rope", "rope", "kvWrite", "attention"],
    ]);
    kernels.length = 0;
    await runWithCache(watched, ids, { names: ["embed.hook_lookup"] });
    expect(kernels).toEqual(["embed"]);
  });

  it("is of the layers, the positions and the part of the model that are asked for", async () => {
    const model = await load("gqa", "float64");
    const whole = await runWithCache(model, ids);
    const some = await runWithCache(model, ids, { positions: [-1, 2], stopAtLayer: -1 });
    expect(some.positions).toEqual([6, 2]);
    expect(some.names.every((name) => (parseTap(name).layer ?? 0) === 0)).toBe(true);
    expect(some.has("logits")).toBe(false);
    const pattern = whole.get("blocks.0.attn.hook_pattern");
    const part = some.get("blocks.0.attn.hook_pattern");
    expect(part.shape).toEqual([pattern.shape[0], 2, 7]);
    expect(part.get(3, 1, 2)).toBe(pattern.get(3, 2, 2));
    expect(some.get("blocks.0.mlp.hook_post").get(0, 5)).toBe(
      whole.get("blocks.0.mlp.hook_post").get(6, 5),
    );
    const last = await runWithCache(model, ids, { names: "logits", positions: -1 });
    const { vocabSize: V } = model.config;
    expect(last.logits?.shape).toEqual([1, V]);
    expect(last.logits?.data).toEqual(whole.logits?.data.slice(6 * V));
    const inBlock = await runWithCache(model, ids, { names: "attn.hook_z", layers: -1 });
    expect(inBlock.names).toEqual(["blocks.1.attn.hook_z"]);
    for (const options of [
      { layers: 2 },
      { stopAtLayer: 3 },
      { positions: 7 },
      { positions: [] },
      { positions: "last" as never },
    ]) {
      await expect(runWithCache(model, ids, options)).rejects.toThrow(ArgumentError);
    }
  });

  it("can be asked for in any spelling, and says what was not kept", async () => {
    const model = await load("gqa", "float64");
    const cache = await runWithCache(model, ids, {
      names: ["layers.0.attn_norm", "unembed.hook_out"],
    });
    expect(cache.names).toEqual(["blocks.0.ln1.hook_out", "logits"]);
    expect(cache.get("layers.0.attn_norm")).toBe(cache.get("blocks.0.ln1.hook_out"));
    expect(() => cache.get("blocks.0.attn.hook_q")).toThrow(
      /a tap that was kept.*ask for it in names/,
    );
    expect(() => cache.get("blocks.0.attn.hook_qq")).toThrow(/did you mean blocks.0.attn.hook_q\?/);
    const heads = await runWithCache(model, ids, {
      names: ["blocks.1.attn.hook_z", "blocks.1.attn.hook_pattern"],
    });
    const z = heads.get("blocks.1.attn.hook_z");
    expect(heads.head("blocks.1.attn.hook_z", 1).get(4, 2)).toBe(z.get(4, 1, 2));
    expect(heads.head("blocks.1.attn.hook_pattern", 1).get(4, 2)).toBe(
      heads.get("blocks.1.attn.hook_pattern").get(1, 4, 2),
    );
    expect(() => heads.head("blocks.1.attn.hook_z", 9)).toThrow(ArgumentError);
    expect(() => cache.head("logits", 0)).toThrow(/a tap with heads/);
  });
});

async function tokensOf(generation: Generation): Promise<number[]> {
  const tokens: number[] = [];
  for await (const { token } of generation) tokens.push(token);
  return tokens;
}

describe("a generation under hooks", () => {
  const greedy = { maxTokens: 5, ignoreEos: true } as const;

  it.each(BACKENDS)(
    "%s: chooses as it does without them, and they see every token",
    async (_, make) => {
      const model = await on(make);
      const expected = await tokensOf(generate(model, undefined, ids, greedy));
      const rows: [number, number][] = [];
      const hooks: Hooks = {
        "blocks.1.attn.hook_pattern": (x, { pos }) => void rows.push([pos, x.shape[2]]),
      };
      const tokens = await tokensOf(generate(model, undefined, ids, { ...greedy, hooks }));
      expect(tokens).toEqual(expected);
      expect(rows).toEqual([0, 7, 8, 9, 10].map((pos) => [pos, pos === 0 ? 7 : pos + 1]));
    },
  );

  it("goes where they lead, and refuses what leaves no numbers", async () => {
    const model = await load("gqa", "float32");
    const lead: Hooks = { logits: (x) => void x.set(x.shape[0] - 1, 42, 99) };
    expect(await tokensOf(generate(model, undefined, ids, { ...greedy, hooks: lead }))).toEqual([
      ...[42, 42, 42, 42, 42],
    ]);
    const broken: Hooks = { hook_embed: (x) => void x.data.fill(Number.NaN) };
    const answer = tokensOf(generate(model, undefined, ids, { ...greedy, hooks: broken }));
    await expect(answer).rejects.toThrow(/^generate: "hooks" expected finite logits, got NaN/);
  });

  it("leaves its cache free where there is no memory left, and not where it is in other hands", async () => {
    const full = cpuBackend();
    const { alloc, allocIds } = full;
    const model = await loadOn("gqa", full);
    const cache = model.createCache();
    const hooks: Hooks = { logits: () => {} };
    const options = { ...greedy, cache, hooks };
    const none = new Error("no memory left");
    full.allocIds = () => {
      throw none;
    };
    await expect(tokensOf(generate(model, undefined, ids, options))).rejects.toBe(none);
    Object.assign(full, { alloc, allocIds });
    const going = model.forward(ids, cache);
    const second = tokensOf(generate(model, undefined, ids, options));
    await expect(second).rejects.toThrow(/a cache that is not in use/);
    const third = tokensOf(generate(model, undefined, ids, options));
    await expect(third).rejects.toThrow(/a cache that is not in use/);
    await going;
    expect(await tokensOf(generate(model, undefined, [7], options))).toHaveLength(5);
  });

  it("reads no keys that others have fed", async () => {
    const model = await load("gqa", "float32");
    const cache = model.createCache();
    await model.forward([2, 5], cache);
    const hooks: Hooks = { "blocks.0.attn.hook_pattern": () => {} };
    const answer = tokensOf(generate(model, undefined, [7], { ...greedy, cache, hooks }));
    await expect(answer).rejects.toThrow(UnsupportedError);
    const others: Hooks = { "blocks.0.attn.hook_z": () => {} };
    const after = generate(model, undefined, [7], { ...greedy, cache, hooks: others });
    const tokens = await tokensOf(after);
    expect(tokens).toEqual(await tokensOf(generate(model, undefined, [2, 5, 7], greedy)));
  });
});
