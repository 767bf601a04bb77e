/**
 * Direct logit attribution: the parts sum to the logit, and each is what nn/ says is missing where it is taken out of
 * Google's stream, with the scale of the last norm as it was.
 */
import { afterAll, describe, expect, it } from "vitest";
import { wasmBackend } from "../../../src/backend/wasm/wasm.ts";
import { ArgumentError } from "../../../src/errors.ts";
import { Gemma } from "../../../src/gemma.ts";
import {
  attributeLogit,
  type LogitAttribution,
} from "../../../src/interp/attribution/attribution.ts";
import { logitAttrs } from "../../../src/interp/attribution/logit-attrs.ts";
import {
  accumulatedResid,
  decomposeResid,
  stackHeadResults,
} from "../../../src/interp/attribution/residual.ts";
import { runWithCache } from "../../../src/interp/run/run-with-cache.ts";
import type { Model } from "../../../src/model/model.ts";
import { linear } from "../../../src/nn/linear.ts";
import { float64 } from "../../../src/tensor/precision.ts";
import { type NdArray, tensor } from "../../../src/tensor/tensor.ts";
import { fixtureFolder } from "../../support/files.ts";
import {
  golden,
  load,
  loadOn,
  NANO_MODELS,
  promptIds,
  promptLogits,
  readFixture,
} from "../../support/goldens.ts";
import { normWeight, storedWeight } from "../../support/stored-weight.ts";

const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
const total = ({ parts }: LogitAttribution) => sum(parts.map(({ contribution }) => contribution));

describe("parts sum to the logit within 1e-10 in float64", () => {
  it.each([...NANO_MODELS, "tiny-stories"])("of %s", async (name) => {
    const ids = promptIds(name, name === "tiny-stories" ? "prompt-1" : "prompt-40");
    const model = await load(name, "float64");
    const { vocabSize: V } = model.config;
    const logits = await promptLogits(model, ids);
    for (const position of [0, 5, ids.length - 1]) {
      const row = logits.slice(position * V, (position + 1) * V);
      const best = row.indexOf(Math.max(...row));
      const own = await attributeLogit(model, ids, { position });
      expect(own.token.id).toBe(best);
      expect(own.logit).toBe(row[best]);
      expect(Math.abs(total(own) - row[best])).toBeLessThan(1e-10);
      const other = await attributeLogit(model, ids, { position, token: 7, against: 3 });
      expect(other.logit).toBe(row[7] - row[3]);
      expect(Math.abs(total(other) - (row[7] - row[3]))).toBeLessThan(1e-10);
    }
  });

  it("of a file whose norms have the 1 inside", async () => {
    const gemma = await Gemma.load(readFixture("gguf/model.F32.gguf"), { precision: "float64" });
    const attribution = await gemma.attributeLogit([2, 5, 7]);
    expect(Math.abs(total(attribution) - attribution.logit)).toBeLessThan(1e-10);
    await gemma.dispose();
  });
});

/** A logit of a stream [1, D], by nn/ alone, with this scale of the norm. */
async function logitOf(model: Model, stream: NdArray, scale: number, token: number) {
  const norm = await normWeight(model, "model.norm.weight");
  const [, D] = stream.shape;
  const normed = tensor(new Float64Array(D), [1, D]);
  for (let d = 0; d < D; d++) normed.set(0, d, (stream.get(0, d) / scale) * (1 + norm.get(d)));
  const table = await storedWeight(model, "model.embed_tokens.weight");
  return linear(normed, table, { precision: float64 }).get(0, token);
}

describe.each(NANO_MODELS)("in %s, with the scale held", (name) => {
  const file = `${name}/prompt-40.npz`;
  const [position, token] = [17, 11];
  const row = (tap: string, columns: number) =>
    golden(file, `trace.${tap}.f64`).slice(position * columns, (position + 1) * columns);

  it("a head is the change of the logit where its output is zero, a neuron too", async () => {
    const model: Model = await load(name, "float64");
    const { numHiddenLayers, numAttentionHeads: N, headDim: H } = model.config;
    const { hiddenSize: D, intermediateSize: F, rmsNormEps } = model.config;
    const stream = row(`layers.${numHiddenLayers - 1}.output`, D);
    const scale = Math.sqrt(sum([...stream].map((x) => x * x)) / D + rmsNormEps);
    const whole = await logitOf(model, tensor(stream, [1, D]), scale, token);
    /** The change of the logit without what `weight` makes of some of the columns of `inner`. */
    const without = async (inner: Float64Array, weight: string, from: number, to: number) => {
      const part = inner.map((x, i) => (i >= from && i < to ? x : 0));
      const stored = await storedWeight(model, weight);
      const output = linear(tensor(part, [1, part.length]), stored, { precision: float64 });
      const rest = tensor(
        stream.map((x, d) => x - output.get(0, d)),
        [1, D],
      );
      return (await logitOf(model, rest, scale, token)) - whole;
    };
    const ids = promptIds(name, "prompt-40");
    const { parts, neurons = [] } = await attributeLogit(model, ids, {
      token,
      position,
      neurons: 0,
    });
    const heads = parts.filter(({ head }) => head !== undefined);
    expect(heads.length).toBe(numHiddenLayers * N);
    for (const { layer, head = 0, label, tap, contribution } of heads) {
      expect([label, tap]).toEqual([`L${layer}H${head}`, `blocks.${layer}.attn.hook_result`]);
      const z = row(`layers.${layer}.attn_heads`, N * H);
      const oProj = `model.layers.${layer}.self_attn.o_proj.weight`;
      const change = await without(z, oProj, head * H, (head + 1) * H);
      expect(Math.abs(contribution + change), label).toBeLessThan(1e-11);
    }
    const downProj = "model.layers.0.mlp.down_proj.weight";
    const post = row("layers.0.geglu", F);
    for (const { neuron = 0, contribution, label } of neurons.slice(0, 3)) {
      const change = await without(post, downProj, neuron, neuron + 1);
      expect(Math.abs(contribution + change), label).toBeLessThan(1e-11);
    }
    const mlp = parts.find(({ label }) => label === "L0 mlp");
    const ofNeurons = sum(neurons.map(({ contribution }) => contribution));
    expect(neurons.length).toBe(F);
    expect(Math.abs(ofNeurons - (mlp?.contribution ?? 0))).toBeLessThan(1e-11);
    const sizes = neurons.map(({ contribution }) => Math.abs(contribution));
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
  });
});

describe("the stream taken apart", () => {
  const ids = promptIds("gqa", "prompt-40");
  const names = [
    "hook_embed",
    "hook_attn_out",
    "attn.hook_result",
    "hook_mlp_out",
    "hook_resid_post",
  ];

  it("decomposeResid sums to the stream, with heads or without, before each block", async () => {
    const model = await load("gqa", "float64");
    const cache = await runWithCache(model, ids, { names });
    for (const layer of [0, 1, 2, undefined]) {
      const end = layer ?? model.config.numHiddenLayers;
      const stream = cache.get(end === 0 ? "hook_embed" : `blocks.${end - 1}.hook_resid_post`);
      for (const heads of [false, true]) {
        const { labels, values } = decomposeResid(cache, { layer, heads });
        const [P, L, D] = values.shape;
        expect(P).toBe(1 + end * (1 + (heads ? model.config.numAttentionHeads : 1)));
        expect(labels.length).toBe(P);
        const worst = Array.from(stream.data, (x, i) => {
          return Math.abs(x - sum(labels.map((_, p) => values.data[p * L * D + i])));
        });
        expect(Math.max(...worst)).toBeLessThan(1e-12);
      }
    }
  });

  it("logitAttrs of its parts are those of attributeLogit", async () => {
    const model = await load("gqa", "float64");
    const cache = await runWithCache(model, ids, { names });
    const { labels, values } = decomposeResid(cache, { heads: true });
    const attrs = await logitAttrs(model, cache, values, { token: 5, against: 8 });
    for (const position of [0, 20, 39]) {
      const { parts } = await attributeLogit(model, ids, { token: 5, against: 8, position });
      expect(parts.map(({ label }) => label)).toEqual(labels);
      for (const [p, { contribution }] of parts.entries()) {
        expect(Math.abs(contribution - attrs.get(p, position)), labels[p]).toBeLessThan(1e-12);
      }
    }
    const heads = stackHeadResults(cache);
    const places = heads.labels.map((label) => labels.indexOf(label));
    const { numHiddenLayers, numAttentionHeads } = model.config;
    expect(heads.labels.length).toBe(numHiddenLayers * numAttentionHeads);
    const ofHeads = await logitAttrs(model, cache, heads.values, { token: 5, against: 8 });
    for (const [h, p] of places.entries()) expect(ofHeads.get(h, 3)).toBe(attrs.get(p, 3));
  });

  it("stackHeadResults of the blocks before one", async () => {
    const model = await load("gqa", "float64");
    const { numAttentionHeads: N } = model.config;
    const cache = await runWithCache(model, ids, { names: "attn.hook_result", positions: 4 });
    const { labels, values } = stackHeadResults(cache, { layer: 1 });
    expect(labels).toEqual(Array.from({ length: N }, (_, n) => `L0H${n}`));
    expect(values.pick(2, null, null).get(0, 5)).toBe(
      cache.get("blocks.0.attn.hook_result").get(0, 2, 5),
    );
  });

  it("accumulatedResid ends in the logit", async () => {
    const model = await load("gqa", "float64");
    const cache = await runWithCache(model, ids, { names: [...names, "logits"] });
    const { labels, values } = accumulatedResid(cache);
    expect(labels).toEqual(["embed", "L0", "L1"]);
    expect(accumulatedResid(cache, { layer: 1 }).labels).toEqual(["embed", "L0"]);
    const attrs = await logitAttrs(model, cache, values, { token: 5 });
    for (const l of ids.keys()) {
      expect(Math.abs(attrs.get(2, l) - (cache.logits?.get(l, 5) ?? 0))).toBeLessThan(1e-10);
    }
  });

  it("refuses what was not kept, parts of other rows, and tokens that are not there", async () => {
    const model = await load("gqa", "float64");
    const cache = await runWithCache(model, ids, { names });
    const less = await runWithCache(model, ids, { names: "hook_embed" });
    expect(() => decomposeResid(less)).toThrow('"name" expected a tap that was kept');
    expect(() => stackHeadResults(cache, { layer: 4 })).toThrow('"layer" expected an integer');
    const { values } = decomposeResid(cache);
    const other = tensor(new Float64Array(6), [1, 2, 3]);
    await expect(logitAttrs(model, cache, other, { token: 5 })).rejects.toThrow('"parts" expected');
    await expect(logitAttrs(model, cache, values, { token: -1 })).rejects.toThrow('"token"');
    await expect(logitAttrs(model, cache, values, { token: 1, against: 0.5 })).rejects.toThrow(
      '"against"',
    );
  });
});

describe("a run in narrower numbers", () => {
  it("wasm: each part is the reference's, in float32", async () => {
    const ids = promptIds("gqa", "prompt-40");
    const truth = await attributeLogit(await load("gqa", "float64"), ids, { token: 9 });
    const model = await loadOn("gqa", await wasmBackend({ threads: 1, maxRows: 16 }));
    const { parts } = await attributeLogit(model, ids, { token: 9 });
    for (const [i, { contribution, label }] of parts.entries()) {
      // Two blocks of float32 sums, of contributions below 10.
      expect(Math.abs(contribution - truth.parts[i].contribution), label).toBeLessThan(1e-4);
    }
    model.backend.dispose();
  });
});

describe("Gemma.attributeLogit", () => {
  const loaded = Gemma.load(fixtureFolder("tiny-stories"), { precision: "float64" });
  afterAll(async () => (await loaded).dispose());

  it("names tokens by their pieces, and takes them by their texts", async () => {
    const gemma = await loaded;
    const prompt = "Mira the fox had 6";
    const options = { token: " plums", against: " pears" };
    const attribution = await gemma.attributeLogit(prompt, options);
    const { token, against, tokens, position, logit } = attribution;
    expect([token.piece, against?.piece]).toEqual(["▁plums", "▁pears"]);
    expect([position, tokens[position].piece]).toEqual([6, "6"]);
    expect(Math.abs(total(attribution) - logit)).toBeLessThan(1e-10);
  });

  it("ends with its signal, and so does logitAttrs", async () => {
    const { model } = await loaded;
    const reason = new Error("enough");
    const signal = AbortSignal.abort(reason);
    await expect(attributeLogit(model, [2, 5], { signal })).rejects.toBe(reason);
    const cache = await runWithCache(model, [2, 5], { names: /hook_resid_post|hook_embed/ });
    const { values } = accumulatedResid(cache);
    await expect(logitAttrs(model, cache, values, { token: 5, signal })).rejects.toBe(reason);
  });

  it.each<[options: object, message: string]>([
    [{ position: 3 }, '"position" expected an integer from -3 to 2, got 3'],
    [{ token: "no such" }, '"token" expected a text of one token, got'],
    [{ against: 4096 }, '"against" expected an integer from 0 to'],
    [{ neurons: 9 }, '"neurons" expected an integer from'],
    [{ positions: 0 }, '"positions" expected an option'],
  ])("refuses %o", async (options, message) => {
    const gemma = await loaded;
    const error = await gemma.attributeLogit([2, 5, 6], options).catch((caught) => caught);
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error.message).toContain(message);
  });
});
