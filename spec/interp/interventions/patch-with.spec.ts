/** The order of things in a patched run: nothing before the patch changes, and a patch of the same is none. */
import { describe, expect, it } from "vitest";
import type { Backend, Handles } from "../../../src/backend/backend.ts";
import { cpuBackend } from "../../../src/backend/cpu/cpu.ts";
import { wasmBackend } from "../../../src/backend/wasm/wasm.ts";
import { patchWith } from "../../../src/interp/interventions/patch-with.ts";
import type { ActivationCache } from "../../../src/interp/run/activation-cache.ts";
import type { Hook } from "../../../src/interp/run/hooks.ts";
import { runWithCache, runWithHooks } from "../../../src/interp/run/run-with-cache.ts";
import type { TapName } from "../../../src/model/taps.ts";
import type { FloatArray } from "../../../src/tensor/tensor.ts";
import { load, loadOn, promptIds } from "../../support/goldens.ts";
import { thrownBy } from "../../support/thrown-by.ts";

const clean = promptIds("gqa", "prompt-7");
const corrupted = clean.map((id, t) => (t === 2 || t === 4 ? id + 1 : id));

const CPU: readonly [string, () => Promise<Backend<Handles>>][] = [
  ["cpu in float64", async () => cpuBackend({ precision: "float64" })],
  ["cpu in float32", async () => cpuBackend({ precision: "float32" })],
  ["cpu in bfloat16", async () => cpuBackend({ precision: "bfloat16" })],
];
const BACKENDS: typeof CPU = [...CPU, ["wasm", async () => wasmBackend({ threads: 1 })]];

const RECORDED = [
  "blocks.1.hook_resid_pre",
  "blocks.0.hook_attn_out",
  "blocks.0.hook_mlp_out",
  ..."qkvz".split("").map((x) => `blocks.1.attn.hook_${x}`),
] as readonly TapName[];
const PATTERN = "blocks.1.attn.hook_pattern";

/** Rows of a tap before position p. */
function rowsBefore(cache: ActivationCache, name: TapName, p: number): FloatArray[] {
  const x = cache.get(name);
  const isMap = /attn_scores$|pattern$/.test(name);
  const parts = isMap ? Array.from({ length: x.shape[0] }, (_, n) => cache.head(name, n)) : [x];
  return parts.map(({ data, shape }) => data.subarray(0, (p * data.length) / shape[0]));
}

describe.each(BACKENDS)("patchWith on %s", (_, make) => {
  it("puts a run's own values over others: then nothing has changed, bitwise", async () => {
    const model = await loadOn("gqa", await make());
    const cache = await runWithCache(model, clean);
    const logits = cache.get("logits").data;
    const spoil: Hook = (x) => {
      x.data.fill(0.5);
    };
    // Weights of attention, once changed, are applied by the definition, which has the bits of cpu only.
    for (const tap of [...RECORDED, ...(model.backend.info.name === "cpu" ? [PATTERN] : [])]) {
      const own = patchWith(cache, tap);
      expect((await runWithHooks(model, clean, own)).data).toEqual(logits);
      const restored = await runWithHooks(model, clean, [[tap, spoil], ...own]);
      expect([tap, restored.data]).toEqual([tap, logits]);
      const spoilt = await runWithHooks(model, clean, [[tap, spoil]]);
      expect([tap, spoilt.data]).not.toEqual([tap, logits]);
    }
    const everything = patchWith(cache, [...RECORDED, PATTERN]);
    expect((await runWithHooks(model, clean, everything)).data).toEqual(logits);
  });

  it("changes what comes behind it, and nothing before it in time or in the text", async () => {
    const model = await loadOn("gqa", await make());
    const from = await runWithCache(model, clean);
    const before = await runWithCache(model, corrupted);
    const position = 4;
    for (const tap of [...RECORDED, PATTERN] as readonly TapName[]) {
      const hooks = patchWith(from, tap, { positions: position });
      const after = await runWithCache(model, corrupted, { hooks });
      const order = after.names;
      expect(order).toEqual(before.names);
      const at = order.indexOf(tap);
      for (const [i, name] of order.entries()) {
        const [now, then] = [after, before].map((cache) => {
          return i < at ? [cache.get(name).data] : rowsBefore(cache, name, position);
        });
        expect([tap, name, now]).toEqual([tap, name, then]);
      }
      expect(after.get(tap).data).not.toEqual(before.get(tap).data);
      expect(after.get("logits").data).not.toEqual(before.get("logits").data);
    }
  });
});

describe("patchWith", () => {
  it("replaces the rows and heads that are asked for, and no others", async () => {
    const model = await load("gqa", "float64");
    const name = "blocks.0.attn.hook_z";
    const from = await runWithCache(model, clean, { names: name });
    const before = await runWithCache(model, corrupted, { names: name });
    const hooks = patchWith(from, name, { positions: [2, -1], heads: [1, 5] });
    const after = await runWithCache(model, corrupted, { names: name, hooks });
    const [L, N, H] = after.get(name).shape;
    for (let l = 0; l < L; l++) {
      for (let n = 0; n < N; n++) {
        const source = [2, L - 1].includes(l) && [1, 5].includes(n) ? from : before;
        for (let h = 0; h < H; h++) {
          expect(after.get(name).get(l, n, h)).toBe(source.get(name).get(l, n, h));
        }
      }
    }
  });

  it("goes by position where the cache has some rows only, and where a run is longer", async () => {
    const model = await load("gqa", "float64");
    const name = "blocks.0.attn.hook_pattern";
    const whole = await runWithCache(model, clean, { names: name });
    const from = await runWithCache(model, clean, { names: name, positions: [5, 3] });
    const longer = [...corrupted, 7, 8];
    const before = (await runWithCache(model, longer, { names: name })).head(name, 2);
    const hooks = patchWith(from, name);
    const after = (await runWithCache(model, longer, { names: name, hooks })).head(name, 2);
    for (let l = 0; l < longer.length; l++) {
      for (let s = 0; s < longer.length; s++) {
        const isPatched = (l === 3 || l === 5) && s < clean.length;
        const source = isPatched ? whole.head(name, 2) : before;
        expect([l, s, after.get(l, s)]).toEqual([l, s, source.get(l, s)]);
      }
    }
  });

  it("refuses what the cache does not have", async () => {
    const model = await load("gqa", "float32");
    const names = ["blocks.0.attn.hook_z", "blocks.0.hook_mlp_out"];
    const cache = await runWithCache(model, clean, { names, positions: [1, 2] });
    const refused = (...args: Parameters<typeof patchWith>) => thrownBy(() => patchWith(...args));
    expect(refused(cache, "blocks.1.attn.hook_z")).toMatchObject({ hint: "ask for it in names" });
    expect(refused(cache, names, { heads: 0 })).toMatchObject({ argument: "heads" });
    expect(refused(cache, names[0], { heads: 6 })).toMatchObject({ argument: "heads" });
    expect(refused(cache, names[1], { positions: [] })).toMatchObject({ argument: "positions" });
    expect(refused(cache, names[1], { positions: 3 })).toMatchObject({
      expected: "positions that the cache has (1, 2)",
    });
    expect(refused(new Map() as never, names)).toMatchObject({ argument: "cache" });
    const other = await load("mqa", "float32");
    const hooks = patchWith(cache, names[0]);
    await expect(runWithHooks(other, clean, hooks)).rejects.toThrow("attn.hook_z");
  });
});
