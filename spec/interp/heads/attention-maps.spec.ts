import { describe, expect, it } from "vitest";
import type { Backend, Handles } from "../../../src/backend/backend.ts";
import { cpuBackend } from "../../../src/backend/cpu/cpu.ts";
import { wasmBackend } from "../../../src/backend/wasm/wasm.ts";
import { ArgumentError } from "../../../src/errors.ts";
import { attentionStages, STAGE_NAMES } from "../../../src/interp/heads/attention-maps.ts";
import { runWithCache } from "../../../src/interp/run/run-with-cache.ts";
import { golden, load, loadOn, promptIds } from "../../support/goldens.ts";

const ids = promptIds("gqa", "prompt-40");
const L = ids.length;

describe("attentionStages", () => {
  it("ends in the weights with which gemma_pytorch's values give its heads", async () => {
    const model = await load("gqa", "float64");
    const { numAttentionHeads: N, numKeyValueHeads: K, headDim: H } = model.config;
    const arrays = "gqa/prompt-40.npz";
    const v = golden(arrays, "trace.layers.1.v.f64");
    const heads = golden(arrays, "trace.layers.1.attn_heads.f64");
    for (const head of [0, N - 1]) {
      const stages = await attentionStages(model, ids, { layer: -1, head });
      const { layer, keyValueHead, pattern } = stages;
      expect([layer, stages.head, keyValueHead]).toEqual([1, head, head === 0 ? 0 : K - 1]);
      let worst = 0;
      for (let l = 0; l < L; l++) {
        for (let h = 0; h < H; h++) {
          let z = 0;
          for (let s = 0; s < L; s++) {
            z += pattern.get(l, s) * v[(s * K + keyValueHead) * H + h];
          }
          worst = Math.max(worst, Math.abs(z - heads[(l * N + head) * H + h]));
        }
      }
      expect(worst).toBeLessThan(1e-12); // the promise of the reference in float64
    }
  });

  it("goes from dot products, of later keys too, by 1/√H and the mask", async () => {
    const model = await load("gqa", "float64");
    const names = ["blocks.0.attn.hook_rot_q", "blocks.0.attn.hook_rot_k"];
    const cache = await runWithCache(model, ids, { names });
    const { headDim: H } = model.config;
    const { scores, scaled, masked, pattern } = await attentionStages(model, ids, {
      layer: 0,
      head: 4,
    });
    const [q, k] = names.map((name) => cache.get(name));
    for (const [l, s] of [
      [0, 0],
      [7, 30],
      [39, 11],
    ]) {
      let dot = 0;
      for (let h = 0; h < H; h++) dot += q.get(l, 4, h) * k.get(s, 1, h);
      expect(scores.get(l, s)).toBe(dot); // the same sum in the same order
      expect(scaled.get(l, s)).toBeCloseTo(dot / Math.sqrt(H), 13);
      expect(masked.get(l, s)).toBe(s > l ? Number.NEGATIVE_INFINITY : scaled.get(l, s));
      if (s > l) expect(pattern.get(l, s)).toBe(0);
    }
  });

  const BACKENDS: readonly [string, () => Promise<Backend<Handles>>][] = [
    ["cpu in float32", async () => cpuBackend({ precision: "float32" })],
    ["cpu in bfloat16", async () => cpuBackend({ precision: "bfloat16" })],
    ["wasm", async () => wasmBackend({ threads: 1 })],
  ];

  it.each(BACKENDS)("%s: masked and pattern have the bits of the taps", async (_, make) => {
    const model = await loadOn("gqa", await make());
    const stages = await attentionStages(model, ids, { layer: 1, head: 2 });
    const cache = await runWithCache(model, ids, { names: /attn_scores|pattern/, layers: 1 });
    expect(stages.masked.data).toEqual(cache.head("blocks.1.attn.hook_attn_scores", 2).data);
    expect(stages.pattern.data).toEqual(cache.head("blocks.1.attn.hook_pattern", 2).data);
    for (const name of STAGE_NAMES) expect(stages[name].shape).toEqual([L, L]);
  });

  it("refuses a layer or a head that the model has not, and stops on abort", async () => {
    const model = await load("gqa", "float32");
    const refused = async (layer: number, head: number) => {
      const error = await attentionStages(model, ids, { layer, head }).catch((caught) => caught);
      expect(error).toBeInstanceOf(ArgumentError);
      return [error.op, error.argument, error.expected];
    };
    expect(await refused(2, 0)).toEqual(["attentionStages", "layer", "an integer from -2 to 1"]);
    expect(await refused(0, 6)).toEqual(["attentionStages", "head", "an integer from 0 to 5"]);
    const signal = AbortSignal.abort("enough");
    await expect(attentionStages(model, ids, { layer: 0, head: 0, signal })).rejects.toBe("enough");
  });
});
