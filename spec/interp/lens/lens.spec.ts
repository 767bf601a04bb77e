/** The logit lens: its last depth is the model; the others are computed again from Google's streams, by nn/. */
import { describe, expect, it } from "vitest";
import type { Backend } from "../../../src/backend/backend.ts";
import { cpuBackend } from "../../../src/backend/cpu/cpu.ts";
import { wasmBackend } from "../../../src/backend/wasm/wasm.ts";
import { webgpuBackend } from "../../../src/backend/webgpu/webgpu.ts";
import { ArgumentError, UnsupportedError } from "../../../src/errors.ts";
import { Gemma } from "../../../src/gemma.ts";
import { logitLens } from "../../../src/interp/lens/lens.ts";
import { forward } from "../../../src/model/forward.ts";
import { Model } from "../../../src/model/model.ts";
import { linear } from "../../../src/nn/linear.ts";
import { argmax, logProbability } from "../../../src/nn/log-softmax.ts";
import { rmsNorm } from "../../../src/nn/rmsnorm.ts";
import { float64 } from "../../../src/tensor/precision.ts";
import { tensor } from "../../../src/tensor/tensor.ts";
import { fixtureFolder } from "../../support/files.ts";
import {
  checkpoint,
  golden,
  load,
  loadOn,
  NANO_MODELS,
  promptIds,
  promptLogits,
} from "../../support/goldens.ts";
import { normWeight, storedWeight } from "../../support/stored-weight.ts";
import { deviceForSpec, GPU_HERE } from "../../support/webgpu.ts";

const ids = promptIds("gqa", "prompt-40");

/** Logits [V] of a row of a lens that has kept all tokens. */
function logitsOf(top: readonly { readonly id: number; readonly logit: number }[]): Float64Array {
  const logits = new Float64Array(top.length);
  for (const { id, logit } of top) logits[id] = logit;
  return logits;
}

describe("the last depth", () => {
  it.each<[name: string, make: () => Backend]>([
    [
      "float64, all depths of some positions in a piece",
      () => cpuBackend({ precision: "float64", maxRows: 16 }),
    ],
    [
      "float32, a piece that ends within a position",
      () => cpuBackend({ precision: "float32", maxRows: 2 }),
    ],
    ["bfloat16, a row at a time", () => cpuBackend({ precision: "bfloat16", maxRows: 1 })],
  ])("is the model, to the bit: %s", async (_, make) => {
    const model = await loadOn("gqa", make());
    const { vocabSize: V } = model.config;
    const expected = await promptLogits(model, ids);
    const { depths, positions } = await logitLens(model, ids, { topK: V, positions: [0, 39, 7] });
    expect(positions).toEqual([0, 39, 7]);
    for (const [i, l] of positions.entries()) {
      const { top, kl } = depths.at(-1)?.cells[i] ?? { top: [] };
      expect(logitsOf(top)).toEqual(expected.slice(l * V, (l + 1) * V));
      expect(kl).toBe(0);
    }
  });

  it("is the model also where it has another page", async () => {
    const { config, tensors } = await checkpoint("gqa");
    // A page without the gain of the last norm.
    const page: typeof forward = (args) => {
      forward({
        ...args,
        weights: { ...args.weights, norm: args.weights.layers[0].inputLayernorm },
      });
    };
    const backend = cpuBackend({ precision: "float64" });
    const model = await Model.load({ config, tensors, backend, forward: page });
    const { vocabSize: V } = config;
    const { depths } = await logitLens(model, ids, { topK: V, positions: 7, depths: -1 });
    const expected = (await promptLogits(model, ids)).slice(7 * V, 8 * V);
    expect(logitsOf(depths[0].cells[0].top)).toEqual(expected);
    expect(expected).not.toEqual(
      (await promptLogits(await load("gqa", "float64"), ids)).slice(7 * V, 8 * V),
    );
  });
});

describe.each(NANO_MODELS)("every depth of %s", (name) => {
  it("is the norm and the table of Google's stream, and its softmax", async () => {
    const prompt = promptIds(name, "prompt-40");
    const model = await load(name, "float64");
    const { vocabSize: V, hiddenSize: D, numHiddenLayers, rmsNormEps } = model.config;
    const norm = await normWeight(model, "model.norm.weight");
    const table = await storedWeight(model, "model.embed_tokens.weight");
    const positions = [39, 3, -2];
    const { depths } = await logitLens(model, prompt, { topK: V, positions });
    expect(depths.map(({ depth }) => depth)).toEqual([...Array(numHiddenLayers + 1).keys()]);
    const logitsAt = (depth: number, l: number) => {
      const file = `${name}/prompt-40.npz`;
      const tap = depth === 0 ? "layers.0.input" : `layers.${depth - 1}.output`;
      const x = tensor(golden(file, `trace.${tap}.f64`).slice(l * D, (l + 1) * D), [1, D]);
      const normed = rmsNorm(x, norm, { eps: rmsNormEps, precision: float64 });
      return linear(normed, table, { precision: float64 }).data;
    };
    for (const { depth, cells } of depths) {
      for (const [i, l] of [39, 3, 38].entries()) {
        const { top, targets, entropy, kl, position } = cells[i];
        expect(position).toBe(l);
        const [row, end] = [logitsAt(depth, l), logitsAt(numHiddenLayers, l)];
        let [expectedEntropy, expectedKl, worst] = [0, 0, 0];
        const logSum = row[0] - logProbability(row, 0);
        const logSumEnd = end[0] - logProbability(end, 0);
        for (const { id, logit, probability } of top) {
          const [logP, logEnd] = [row[id] - logSum, end[id] - logSumEnd];
          worst = Math.max(
            worst,
            Math.abs(logit - row[id]),
            Math.abs(probability - Math.exp(logP)),
          );
          expectedEntropy -= Math.exp(logP) * logP;
          expectedKl += Math.exp(logEnd) * (logEnd - logP);
        }
        // The forward pass equals Google's to 1e-12 of the largest logit, which is below 10.
        expect(worst).toBeLessThan(1e-11);
        expect(Math.abs(entropy - expectedEntropy)).toBeLessThan(1e-10);
        expect(Math.abs(kl - expectedKl)).toBeLessThan(1e-10);
        const sorted = top.map(({ logit }) => logit).sort((a, b) => b - a);
        expect(top.map(({ logit }) => logit)).toEqual(sorted);
        expect(top.map(({ rank }) => rank)).toEqual(top.map((_, r) => r + 1));
        const [target] = targets;
        expect(target).toEqual(top[target.rank - 1]);
        expect(target.id).toBe(l === 39 ? argmax(end) : prompt[l + 1]);
      }
    }
  });
});

const FLOAT32: [name: string, make: () => Promise<Backend>][] = [
  ["wasm", async () => wasmBackend({ threads: 1, maxRows: 16 })],
];
if (GPU_HERE)
  FLOAT32.push(["webgpu", async () => webgpuBackend({ device: await deviceForSpec() })]);

describe.each(FLOAT32)("on %s", (_, make) => {
  it("it sees what the reference sees, in float32", async () => {
    const truth = await logitLens(await load("gqa", "float64"), ids, { topK: 3 });
    const model = await loadOn("gqa", await make());
    const lens = await logitLens(model, ids, { topK: 3 });
    let worst = 0;
    for (const [d, { cells }] of lens.depths.entries()) {
      for (const [l, { top, targets, entropy, kl }] of cells.entries()) {
        const cell = truth.depths[d].cells[l];
        for (const [i, { logit }] of top.entries()) {
          worst = Math.max(worst, Math.abs(logit - cell.top[i].logit));
        }
        worst = Math.max(worst, Math.abs(targets[0].probability - cell.targets[0].probability));
        worst = Math.max(worst, Math.abs(entropy - cell.entropy), Math.abs(kl - cell.kl));
      }
    }
    // Two blocks of float32 sums, of logits below 10: 24 bits leave 1e-6 of each, and they add up.
    expect(worst).toBeLessThan(1e-4);
    expect(worst).toBeGreaterThan(0);
    model.backend.dispose();
  });
});

describe("what is asked for", () => {
  it("positions and depths: what each is, is what it is among all", async () => {
    const model = await load("gqa", "float64");
    const all = await logitLens(model, ids);
    const some = await logitLens(model, ids, { positions: [-5, 2], depths: [2, 0] });
    expect(some.positions).toEqual([35, 2]);
    expect(some.depths.map(({ tap }) => tap)).toEqual(["blocks.1.hook_resid_post", "hook_embed"]);
    for (const { depth, cells } of some.depths) {
      expect(cells).toEqual([35, 2].map((l) => all.depths[depth].cells[l]));
    }
    expect(some.tokens.map(({ id }) => id)).toEqual(ids.slice(0, 36));
  });

  it("a target: followed at every position, with its rank among all", async () => {
    const model = await load("gqa", "float64");
    const { vocabSize: V } = model.config;
    const { depths } = await logitLens(model, ids, { target: [5, 9], positions: [1, 8], topK: V });
    for (const { top, targets } of depths.flatMap(({ cells }) => cells)) {
      expect(targets).toEqual([5, 9].map((id) => top.find((token) => token.id === id)));
    }
  });

  it("rows of the table that are no tokens have no rank, and count in the softmax", async () => {
    const { config, tensors } = await checkpoint("gqa");
    const backend = cpuBackend({ precision: "float64" });
    const free = await logitLens(await load("gqa", "float64"), ids, { positions: -1 });
    const [first, second, third] = free.depths.at(-1)?.cells[0].top ?? [];
    const paddingIds = [first.id, second.id];
    const model = await Model.load({ config, tensors, backend, paddingIds });
    const { depths } = await logitLens(model, ids, { positions: -1 });
    const [cell] = depths.at(-1)?.cells ?? [];
    expect(cell.top[0]).toEqual({ ...third, rank: 1 });
    expect(cell.targets).toEqual([cell.top[0]]);
    const topK = config.vocabSize - 1;
    await expect(logitLens(model, ids, { topK })).rejects.toThrow('"topK" expected an integer');
  });

  it.each<[options: object, message: string]>([
    [{ positions: 40 }, '"positions" expected an integer from -40 to 39, got 40'],
    [{ positions: [] }, '"positions" expected a number, or a list of numbers, got []'],
    [{ depths: 3 }, '"depths" expected an integer from -3 to 2, got 3'],
    [{ topK: 0 }, '"topK" expected an integer from 1 to'],
    [{ target: 1e6 }, '"target" expected an integer from 0 to'],
    [{ target: " fox" }, '"target" expected the id of a token, as there is no tokenizer'],
    [{ target: [null] }, '"target" expected the id of a token, or its text, got null'],
    [{ layers: 1 }, '"layers" expected an option'],
  ])("refuses %o", async (options, message) => {
    const error = await logitLens(await load("gqa", "float32"), ids, options).catch((e) => e);
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error.message).toContain(message);
  });

  it("ends with its signal", async () => {
    const model = await load("gqa", "float64");
    const reason = new Error("enough");
    const signal = AbortSignal.abort(reason);
    await expect(logitLens(model, ids, { signal })).rejects.toBe(reason);
    await expect(
      model.unembed({
        op: "x",
        stream: new Float64Array(model.config.hiddenSize),
        take() {},
        signal,
      }),
    ).rejects.toBe(reason);
  });

  it("refuses logits that are no numbers, and says where they are", async () => {
    const page: typeof forward = (args) => forward({ ...args, embedScale: 1e300 });
    const { config, tensors } = await checkpoint("gqa");
    const broken = await Model.load({ config, tensors, backend: cpuBackend(), forward: page });
    const error = await logitLens(broken, ids).catch((caught) => caught);
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error.message).toContain("NaN or infinite ones at position 0, depth 2");
  });
});

describe("Gemma.logitLens", () => {
  it("names tokens by their pieces, and takes them by their texts", async () => {
    const gemma = await Gemma.load(fixtureFolder("tiny-stories"), { precision: "float64" });
    const lens = await gemma.logitLens("Mira the fox had 6", {
      positions: -1,
      target: " plums",
      topK: 8,
    });
    expect(lens.tokens.map(({ piece }) => piece)).toEqual([
      "<bos>",
      "Mira",
      "▁the",
      "▁fox",
      "▁had",
      "▁",
      "6",
    ]);
    const { targets, top } = lens.depths.at(-1)?.cells[0] ?? { top: [], targets: [] };
    expect(targets[0].piece).toBe("▁plums");
    expect(top).toContainEqual(targets[0]);
    const next = await gemma.generate("Mira the fox had 6", { maxTokens: 1 }).text();
    expect(top[0].piece?.replace("▁", " ")).toBe(next);
    await expect(gemma.logitLens("Hi", { target: "fox" })).rejects.toThrow(
      '"target" expected a text of one token, got 2 tokens, "f|ox"; a space in front',
    );
    await gemma.dispose();
  });
});
