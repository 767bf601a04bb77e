import { describe, expect, it } from "vitest";
import { maxError, relativeError } from "../../../src/conformance/metrics.ts";
import { ArgumentError } from "../../../src/errors.ts";
import { trace } from "../../../src/interp/run/trace.ts";
import { goldenName, parseTap, tapNames } from "../../../src/model/taps.ts";
import { softmax } from "../../../src/nn/softmax.ts";
import { bfloat16ToFloat32 } from "../../../src/tensor/bfloat16.ts";
import { float64 } from "../../../src/tensor/precision.ts";
import { tensor } from "../../../src/tensor/tensor.ts";
import { load, promptIds, promptLogits } from "../../support/goldens.ts";

const ids = promptIds("gqa", "prompt-40");

describe("a trace", () => {
  it("changes nothing: its logits are those of the forward pass, in chunks too", async () => {
    const expected = await promptLogits(await load("gqa", "float32"), ids);
    for (const rows of [64, 7]) {
      const taps = await trace(await load("gqa", "float32", rows), ids, { names: ["logits"] });
      expect(Float64Array.from(taps.get("logits")?.data ?? [])).toEqual(expected);
    }
  });

  it("holds every name of the table, and nothing else", async () => {
    const model = await load("gqa", "float64");
    const taps = await trace(model, ids);
    expect(new Set(taps.keys())).toEqual(new Set(tapNames(model.config)));
    for (const [name, { data }] of taps) {
      const finite = data.every((x) => Number.isFinite(x) || name.endsWith("attn_scores"));
      expect(finite, name).toBe(true);
    }
  });

  it("keeps what is asked for by name or by test", async () => {
    const model = await load("gqa", "float64");
    const byName = await trace(model, ids, { names: ["blocks.1.attn.hook_pattern"] });
    expect([...byName.keys()]).toEqual(["blocks.1.attn.hook_pattern"]);
    const byTest = await trace(model, ids, { names: (name) => parseTap(name).layer === 1 });
    expect(byTest.size).toBe((tapNames(model.config).length - 6) / 2);
    await expect(trace(model, ids, { names: ["blocks.7.hook_z" as never] })).rejects.toThrow(
      ArgumentError,
    );
  });

  it.each<[names: unknown, got: string, hint: string]>([
    [/paatern/, "/paatern/", "tapNames(config) lists them all"],
    ["blocks.*.hook_zz", '"blocks.*.hook_zz"', "tapNames(config) lists them all"],
    [() => false, "a function", "tapNames(config) lists them all"],
    [new Set(["logits"]), "an object of class Set", "tapNames(config) lists them all"],
    [null, "null", "tapNames(config) lists them all"],
    [5, "5", "tapNames(config) lists them all"],
    [{}, "{}", "tapNames(config) lists them all"],
    [["blocks.0.attn.hook_patern"], '"blocks.0.attn.hook_patern"', "blocks.0.attn.hook_pattern?"],
    [["blocks.1.hook_mlpout"], '"blocks.1.hook_mlpout"', "did you mean blocks.1.hook_mlp_out?"],
    [["blocks.9.attn.hook_q"], '"blocks.9.attn.hook_q"', "the model has blocks 0 to 1"],
    [["nonsense"], '"nonsense"', "tapNames(config) lists them all"],
    [[undefined], "nothing", "tapNames(config) lists them all"],
  ])("refuses names %o, and says what to give", async (names, got, hint) => {
    const model = await load("gqa", "float32");
    const error = await trace(model, ids, { names: names as never }).catch((caught) => caught);
    expect(error).toBeInstanceOf(ArgumentError);
    expect([error.argument, error.got]).toEqual(["names", got]);
    expect(error.hint).toContain(hint);
  });

  it("knows what TransformerLens 3 calls a tap", async () => {
    const model = await load("gqa", "float32");
    const renamed = {
      "embed.hook_out": "hook_embed",
      "unembed.hook_out": "logits",
      "blocks.1.hook_in": "blocks.1.hook_resid_pre",
      "blocks.1.hook_out": "blocks.1.hook_resid_post",
      "blocks.0.attn.q.hook_out": "blocks.0.attn.hook_q",
      "blocks.0.attn.o.hook_in": "blocks.0.attn.hook_z",
      "blocks.0.mlp.gate.hook_out": "blocks.0.mlp.hook_pre",
    };
    const taps = await trace(model, ids, { names: Object.keys(renamed) });
    expect(new Set(taps.keys())).toEqual(new Set(Object.values(renamed)));
  });

  it("leaves no work behind when nothing recorded is asked for, and stops on abort", async () => {
    const model = await load("gqa", "float32");
    const cache = model.createCache();
    await model.record(ids, cache, []);
    expect(cache.length).toBe(ids.length);
    // Had the pass not run, this abort would drop it, and the cache would hold nothing.
    await model
      .forward([2], model.createCache(), { signal: AbortSignal.abort() })
      .catch(() => undefined);
    const next = await model.forward([7], cache);
    const expected = await promptLogits(model, [...ids, 7]);
    expect(Float64Array.from(next.data)).toEqual(expected.slice(-model.config.vocabSize));
    await expect(trace(model, ids, { signal: AbortSignal.abort("enough") })).rejects.toBe("enough");
  });

  it("refuses bad ids and lengths under its own name", async () => {
    const model = await load("gqa", "float32");
    await expect(trace(model, [257], { names: ["embed.hook_lookup"] })).rejects.toThrow(/^trace: /);
    await expect(trace(model, new Array(257).fill(5))).rejects.toThrow(ArgumentError);
  });

  it("derives scores, pattern and z consistently", async () => {
    const model = await load("gqa", "float64");
    const taps = await trace(model, ids);
    const { numAttentionHeads: N, numKeyValueHeads: K, headDim: H } = model.config;
    const T = ids.length;
    const get = (name: string) => taps.get(`blocks.0.${name}` as never) ?? expect.unreachable(name);
    const scores = get("attn.hook_attn_scores");
    const pattern = get("attn.hook_pattern");
    expect(scores.shape).toEqual([N, T, T]);
    expect(scores.get(2, 3, 4)).toBe(Number.NEGATIVE_INFINITY);
    expect(pattern.get(2, 3, 4)).toBe(0);
    const flat = softmax(tensor(scores.data, [N * T, T]), { precision: float64 });
    expect(maxError(flat.data, pattern.data)).toBeLessThan(1e-15);

    const v = get("attn.hook_v");
    const z = get("attn.hook_z");
    for (const [n, l, h] of [
      [0, 0, 0],
      [3, 17, 5],
      [5, 39, 11],
    ]) {
      let sum = 0;
      for (let s = 0; s < T; s++) {
        sum += pattern.get(n, l, s) * v.get(s, Math.floor((n * K) / N) * H + h);
      }
      expect(z.get(l, n * H + h)).toBeCloseTo(sum, 12);
    }
  });

  it("relates a norm's scale, its normalised input and its output", async () => {
    const model = await load("gqa", "float64");
    const taps = await trace(model, ids);
    const get = (name: string) => taps.get(name as never) ?? expect.unreachable(name);
    for (const [norm, input, weight] of [
      ["blocks.1.ln1", "blocks.0.hook_resid_post", "layers.1.input_layernorm"],
      ["blocks.1.ln2", "blocks.1.hook_resid_mid", "layers.1.post_attention_layernorm"],
      ["ln_final", "blocks.1.hook_resid_post", "norm"],
    ]) {
      const x = get(input);
      const scale = get(`${norm}.hook_scale`);
      const normalized = get(`${norm}.hook_normalized`);
      const out = get(`${norm}.hook_out`);
      expect(scale.shape).toEqual([ids.length, 1]);
      expect(normalized.get(3, 7)).toBeCloseTo(x.get(3, 7) / scale.get(3, 0), 14);
      const source = model.sources.get(`model.${weight}.weight`);
      const [low, high] = (await source?.rows(7, 8)) ?? [];
      const gain = bfloat16ToFloat32(low | (high << 8));
      expect(out.get(3, 7)).toBeCloseTo(normalized.get(3, 7) * (1 + gain), 12);
    }
  });

  it("names its taps as the goldens do where they are the same", () => {
    expect(goldenName("blocks.0.ln1.hook_out")).toBe("layers.0.attn_norm");
    expect(goldenName("embed.hook_lookup")).toBe("embed.lookup");
    expect(goldenName("hook_embed")).toBeUndefined();
    expect(goldenName("blocks.12.attn.hook_q")).toBeUndefined();
  });

  it("keeps hook_embed as √D times the table's rows", async () => {
    const model = await load("gqa", "float64");
    const taps = await trace(model, ids, { names: ["hook_embed", "embed.hook_lookup"] });
    const scaled = taps.get("embed.hook_lookup")?.data.map((x) => x * Math.sqrt(72)) ?? [];
    expect(relativeError(scaled, taps.get("hook_embed")?.data ?? [])).toBeLessThan(1e-15);
  });
});
