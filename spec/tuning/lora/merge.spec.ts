import { describe, expect, it } from "vitest";
import { cpuBackend } from "../../../src/backend/cpu/cpu.ts";
import { Model } from "../../../src/model/model.ts";
import { heldWeight } from "../../../src/tensor/held.ts";
import {
  type RowSource,
  storedFromBytes,
  type WeightSource,
  widenRow,
} from "../../../src/tensor/stored.ts";
import { tensor } from "../../../src/tensor/tensor.ts";
import { type Adapter, newAdapter } from "../../../src/tuning/lora/adapter.ts";
import { loraModel } from "../../../src/tuning/lora/lora.ts";
import { mergeAdapter } from "../../../src/tuning/lora/merge.ts";
import { readAdapter } from "../../../src/tuning/peft/read.ts";
import { fixtureFolder } from "../../support/files.ts";
import { learned, learningCheckpoint, relativeError } from "../../support/learning.ts";
import { thrownBy } from "../../support/thrown-by.ts";

const micro = await learningCheckpoint("micro");
const adapter = await readAdapter(fixtureFolder("learning/micro/lora-adapter"), micro.config);
const IDS = [...learned("micro/lora", "adapter.ids")];

async function numbersOf(source: RowSource): Promise<Float64Array> {
  const { dtype, shape } = source as WeightSource;
  const [rows, columns] = shape;
  const stored = storedFromBytes(await source.rows(0, rows), dtype as "float64", [
    1,
    rows * columns,
  ]);
  const out = new Float64Array(rows * columns);
  widenRow(stored, 0, out);
  return out;
}

async function logitsOf(tensors: ReadonlyMap<string, RowSource>): Promise<Float64Array> {
  const backend = cpuBackend({ precision: "float64" });
  const model = await Model.load({ config: micro.config, tensors, backend });
  const cache = model.createCache();
  const { data } = await model.forward(IDS, cache, { logits: "all" });
  return Float64Array.from(data);
}

/** One weight [1, 2] with factors of rank 1, and nothing else. */
function small(w: readonly number[], a: readonly number[], b: number, scale: number) {
  const tensors = new Map([["w", heldWeight("w", tensor(Float64Array.from(w), [1, 2]))]]);
  const pair = {
    a: tensor(Float64Array.from(a), [1, 2]),
    b: tensor(Float64Array.of(b), [1, 1]),
    scale,
  };
  const own: Adapter = { ...adapter, pairs: new Map([["w", pair]]), whole: new Map() };
  return { tensors, own };
}

describe("mergeAdapter", () => {
  it("by hand: W = [1, 0], A = [1, 1], B = [2], s = 3 → [7, 6]", async () => {
    const { tensors, own } = small([1, 0], [1, 1], 2, 3);
    const merged = mergeAdapter(tensors, own);
    expect([...(await numbersOf(merged.tensors.get("w") as RowSource))]).toEqual([7, 6]);
    expect(await merged.lost()).toEqual({
      largest: 0,
      name: "w",
      largestChange: 6,
      changes: 2,
      vanished: 0,
    });
  });

  it("gives the logits of PyTorch with the adapter, in float64", async () => {
    const golden = learned("micro/lora", "adapter.logits");
    const { tensors } = mergeAdapter(micro.tensors, adapter, { dtype: "float64" });
    expect(relativeError(await logitsOf(tensors), golden)).toBeLessThan(1e-12);
    // And those of the model that computes with the factors beside its weights.
    const { model } = await loraModel(micro, { adapter, precision: "float64" });
    const [finals] = await model.finals([{ ids: IDS }]);
    const table = await numbersOf(micro.tensors.get("model.embed_tokens.weight") as RowSource);
    const [T, D] = finals.shape;
    const V = table.length / D;
    const logits = new Float64Array(T * V);
    for (let t = 0; t < T; t++) {
      for (let v = 0; v < V; v++) {
        for (let d = 0; d < D; d++) logits[t * V + v] += finals.get(t, d) * table[v * D + d];
      }
    }
    expect(relativeError(logits, golden)).toBeLessThan(1e-12);
    expect(relativeError(await logitsOf(model.tensors()), golden)).toBeLessThan(1e-12);
  });

  it("rounds once: a sum just above halfway goes up, although s · B A rounded first would leave it", async () => {
    // In bfloat16 1 + 2⁻⁸ is a tie, which goes down to 1; with 2⁻²⁰ more it goes up to 1 + 2⁻⁷.
    const { tensors, own } = small([1, 1], [2 ** -8 + 2 ** -20, 2 ** -8], 1, 1);
    const merged = mergeAdapter(tensors, own, { dtype: "bfloat16" });
    const got = await numbersOf(merged.tensors.get("w") as RowSource);
    expect([...got]).toEqual([1 + 2 ** -7, 1]);
    const lost = await merged.lost();
    expect(lost.vanished).toBe(1);
    expect(lost.changes).toBe(2);
    expect(lost.largest).toBe(2 ** -8);
  });

  it("says how much of a small change bfloat16 takes, and float32 does not", async () => {
    const pairs = new Map(
      [...adapter.pairs].map(([name, pair]) => [name, { ...pair, scale: pair.scale / 1000 }]),
    );
    const faint: Adapter = { ...adapter, pairs };
    const narrow = await mergeAdapter(micro.tensors, faint, { dtype: "bfloat16" }).lost();
    expect(narrow.vanished / narrow.changes).toBeGreaterThan(0.5);
    expect(narrow.largest).toBeGreaterThan(narrow.largestChange / 10);
    const wide = await mergeAdapter(micro.tensors, faint).lost();
    expect(wide.vanished / wide.changes).toBeLessThan(0.01);
    expect(wide.largest).toBeLessThan(1e-7);
  });

  it("leaves the weights that it was given, and all that have no factors, as they are", async () => {
    const name = "model.layers.0.mlp.up_proj.weight";
    const before = await micro.tensors.get(name)?.rows(0, 24);
    const { tensors } = mergeAdapter(micro.tensors, adapter, { dtype: "bfloat16" });
    expect(await tensors.get(name)?.rows(0, 24)).not.toEqual(before);
    expect(await micro.tensors.get(name)?.rows(0, 24)).toEqual(before);
    expect(tensors.get("model.norm.weight")).toBe(micro.tensors.get("model.norm.weight"));
    const half = await tensors.get(name)?.rows(12, 24);
    expect(half).toEqual((await tensors.get(name)?.rows(0, 24))?.slice(half && -half.length));
  });

  it("stops measuring when it is told to", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(mergeAdapter(micro.tensors, adapter).lost({ signal })).rejects.toThrow("enough");
  });

  it("refuses an adapter of another model, by the weight", async () => {
    const { config } = await learningCheckpoint("mqa");
    const error = thrownBy(() => mergeAdapter(micro.tensors, newAdapter(config)));
    expect(error.message).toContain("another model");
    expect(error.message).toContain("model.layers.0.self_attn.q_proj.weight");
  });
});
