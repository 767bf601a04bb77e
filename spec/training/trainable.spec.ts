/** A model that learns: what learns of it, what its passes are asked, and what it gives out. */
import { describe, expect, it } from "vitest";
import { cpuBackend } from "../../src/backend/cpu/cpu.ts";
import { simdMatmuls } from "../../src/backend/wasm/matmuls/simd-matmuls.ts";
import { Model } from "../../src/model/model.ts";
import { logProbability } from "../../src/nn/log-softmax.ts";
import { bfloat16ToFloat32, float64ToBfloat16 } from "../../src/tensor/bfloat16.ts";
import type { WeightSource } from "../../src/tensor/stored.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { TrainableModel, type TrainableOptions } from "../../src/training/trainable.ts";
import { digest, learner, learningCheckpoint, relativeError } from "../support/learning.ts";

const TABLE = "model.embed_tokens.weight";
const NORM = "model.norm.weight";
const IDS = [2, 11, 7, 30, 7, 5];
const MASK = [0, 1, 0, 1, 1, 0.5];
const BATCH = [{ ids: IDS, mask: MASK }];
const NORMALIZER = { normalizer: 3.5 };

const gradients = (model: TrainableModel) =>
  new Map([...model.parameters].map(([name, { gradient }]) => [name, gradient.slice()]));

async function numbers(source: WeightSource | undefined): Promise<number[]> {
  if (!source) return [];
  const bytes = await source.rows(0, source.shape[0]);
  if (source.dtype === "bfloat16") {
    return Array.from(new Uint16Array(bytes.buffer), bfloat16ToFloat32);
  }
  return Array.from(
    source.dtype === "float32" ? new Float32Array(bytes.buffer) : new Float64Array(bytes.buffer),
  );
}

describe("a model that learns", () => {
  it("learns with the weights that are chosen, and no other", async () => {
    const whole = await learner("micro");
    const some = await learner("micro", {
      trains: (name, shape) => shape.length === 1 && name !== NORM,
    });
    await whole.accumulate(BATCH, NORMALIZER);
    const { losses } = await some.accumulate(BATCH, NORMALIZER);
    expect(losses).toEqual((await whole.accumulate(BATCH, NORMALIZER)).losses);
    expect([...some.parameters.keys()]).toEqual(
      [0, 1].flatMap((l) =>
        ["input", "post_attention"].map((norm) => `model.layers.${l}.${norm}_layernorm.weight`),
      ),
    );
    whole.zeroGradients();
    await whole.accumulate(BATCH, NORMALIZER);
    for (const [name, { gradient }] of some.parameters) {
      expect(gradient).toEqual(whole.parameters.get(name)?.gradient);
    }
    expect([...some.tensors().keys()].sort()).toEqual([...whole.tensors().keys()].sort());
    expect(await numbers(some.tensors("float64").get(TABLE))).toEqual(
      await numbers(whole.tensors("float64").get(TABLE)),
    );
  });

  it("computes in float32 with frozen weights in float64, rounded once", async () => {
    const { config } = await learningCheckpoint("micro");
    const wide = (await learner("micro", { precision: "float64" })).tensors();
    const narrow = (await learner("micro", { precision: "float64" })).tensors("float32");
    const lossOf = async (tensors: typeof wide, options: TrainableOptions) => {
      const trains = (name: string) => name === NORM;
      const model = await TrainableModel.from({ config, tensors }, { trains, ...options });
      expect(model.tensors().get(TABLE)?.dtype).toBe(tensors.get(TABLE)?.dtype);
      return model.accumulate(BATCH, NORMALIZER);
    };
    for (const options of [{}, { matmuls: simdMatmuls() }]) {
      expect(await lossOf(wide, options)).toEqual(await lossOf(narrow, options));
    }
  });

  it("gives its weights out in any dtype, rounded once", async () => {
    const model = await learner("micro");
    const table = model.parameters.get(TABLE);
    if (table) for (let i = 0; i < table.data.length; i++) table.data[i] += 1e-3 / 3;
    const exact = Array.from(table?.data ?? []);
    for (const [dtype, round] of [
      ["float64", (x: number) => x],
      ["float32", Math.fround],
      ["bfloat16", (x: number) => bfloat16ToFloat32(float64ToBfloat16(x))],
    ] as const) {
      const out = model.tensors(dtype);
      expect(await numbers(out.get(TABLE)), dtype).toEqual(exact.map(round));
    }
    const middle = await model.tensors("float32").get(TABLE)?.rows(3, 5);
    expect(Array.from(new Float32Array(middle?.buffer ?? new ArrayBuffer(0)))).toEqual(
      exact.slice(3 * 16, 5 * 16).map(Math.fround),
    );
    const backend = cpuBackend({ precision: "float64" });
    const tuned = await Model.load({ config: model.config, tensors: model.tensors(), backend });
    const logits = await tuned.forward(IDS, tuned.createCache(), { logits: "all" });
    const [ours] = await model.logprobs(BATCH.map(({ ids }) => ({ ids })));
    for (let t = 1; t < IDS.length; t++) {
      expect(ours[t]).toBeCloseTo(logProbability(logits.pick(t - 1, null), IDS[t]), 12);
    }
    tuned.dispose();
  });

  it("reads norm weights that have their 1 inside as offsets from it", async () => {
    const { config, tensors } = await learningCheckpoint("micro");
    const folded = new Map(tensors);
    const norm = tensors.get(NORM) as WeightSource;
    const weights = await numbers(norm);
    folded.set(NORM, {
      ...norm,
      dtype: "float64",
      normOffset: 0,
      rows: async () => new Uint8Array(Float64Array.from(weights, (w) => 1 + w).buffer),
    } as WeightSource);
    const ours = await TrainableModel.from({ config, tensors: folded }, { precision: "float64" });
    const master = ours.parameters.get(NORM)?.data ?? [];
    expect(relativeError(master, weights)).toBeLessThan(1e-15);
    const [plain] = await (await learner("micro")).logprobs(BATCH);
    expect(relativeError((await ours.logprobs(BATCH))[0], plain)).toBeLessThan(1e-14);
  });

  it("scales embeddings as it is told", async () => {
    const exact = await learner("gqa");
    const rounded = await learner("gqa", { embedScale: "bfloat16" });
    expect(exact.embedScale).toBe(Math.sqrt(72));
    expect(rounded.embedScale).toBe(8.5);
    const sequences = [{ ids: [2, 9, 30] }];
    const [a] = await exact.logprobs(sequences);
    const [b] = await rounded.logprobs(sequences);
    expect(a).not.toEqual(b);
  });

  it("takes the matmuls of others, in float32", async () => {
    const plain = await learner("micro", { precision: "float32" });
    const calls = { forward: 0, input: 0, weight: 0 };
    const simd = simdMatmuls();
    const counting: NonNullable<TrainableOptions["matmuls"]> = {
      name: "counting",
      forward(...args) {
        calls.forward++;
        simd.forward(...args);
      },
      input(...args) {
        calls.input++;
        simd.input(...args);
      },
      weight(...args) {
        calls.weight++;
        simd.weight(...args);
      },
    };
    const fast = await learner("micro", { precision: "float32", matmuls: counting });
    await plain.accumulate(BATCH, NORMALIZER);
    await fast.accumulate(BATCH, NORMALIZER);
    // Seven projections of two blocks, and the logits.
    expect(calls).toEqual({ forward: 15, input: 15, weight: 15 });
    for (const [name, expected] of gradients(plain)) {
      // Sums of float32 products in float32, a few dozen of them.
      expect(relativeError(gradients(fast).get(name) ?? [], expected), name).toBeLessThan(1e-5);
    }
    const wide = learner("micro", { precision: "float64", matmuls: simd });
    await expect(wide).rejects.toThrow(/float32 where there are matmuls/);
  });

  it("begins from scratch by seed, with gains of 1", async () => {
    const { config } = await learningCheckpoint("micro");
    const [a, b, c] = await Promise.all(
      [{ seed: 1 }, { seed: 1, std: 0.04 }, { seed: 2 }].map((options) =>
        TrainableModel.random(config, { precision: "float64", ...options }),
      ),
    );
    const of = (model: TrainableModel, name = TABLE) => model.parameters.get(name)?.data ?? [];
    expect(of(a)).not.toEqual(of(c));
    expect(
      relativeError(
        of(b),
        Float64Array.from(of(a), (x) => 2 * x),
      ),
    ).toBeLessThan(1e-15);
    expect([...of(a, NORM)].every((w) => w === 0)).toBe(true);
    const spread = digest(of(a))[0] / Math.sqrt(of(a).length);
    // Of 640 draws, the deviation is known to 1/√1280 = 3 %.
    expect(Math.abs(spread / 0.02 - 1)).toBeLessThan(0.12);
  });
});

describe("a loss of one's own", () => {
  it("of log-probs has the gradients of the cross-entropy where it is that", async () => {
    const [a, b] = [await learner("micro"), await learner("micro")];
    const { logprobs } = await a.accumulate(BATCH, NORMALIZER);
    await b.accumulateOf(BATCH, ([own]) => {
      // Where there is a mask, other tokens are 0.
      expect(Array.from(own)).toEqual(Array.from(logprobs[0]));
      return [Float64Array.from(MASK, (m) => -m / NORMALIZER.normalizer)];
    });
    expect(gradients(b)).toEqual(gradients(a));
    await b.accumulateOf([{ ids: IDS }], ([own]) => {
      expect(own.every((p, t) => (t === 0 ? p === 0 : p < 0))).toBe(true);
      return [new Float64Array(IDS.length)];
    });
    expect(gradients(b)).toEqual(gradients(a));
  });

  it("keeps what it computed, if it is told to: one forward each, and the same bits", async () => {
    const some = [BATCH[0], { ids: [...IDS, ...IDS] }, { ids: IDS.slice(0, 3) }];
    for (const recompute of [false, true]) {
      const [a, b] = [await learner("micro", { recompute }), await learner("micro", { recompute })];
      for (const _ of [1, 2]) {
        await a.accumulateOfFinals(some, (finals) => finals);
        let forwards = 0;
        const { kept } = b.passes;
        b.passes.kept = (...given) => {
          forwards++;
          return kept.apply(b.passes, given);
        };
        b.passes.backFrom = () => Promise.reject(new Error("a second forward"));
        await b.accumulateOfFinals(some, (finals) => finals, { keeps: true });
        expect(forwards).toBe(3);
        b.passes.kept = kept;
      }
      expect(gradients(b)).toEqual(gradients(a));
    }
  });

  it("of log-probs that are known already has the same gradients, and says what it found", async () => {
    const [a, b] = [await learner("micro"), await learner("micro")];
    const slopes = Float64Array.from(MASK, (m, t) => m * (t - 3)); // negative ones, too, and a 0
    const known = await a.logprobs(BATCH);
    const found = await a.accumulateOf(BATCH, () => [slopes], { logprobs: known });
    await b.accumulateOf(BATCH, () => [slopes]);
    expect(gradients(a)).toEqual(gradients(b));
    expect(found[0]).toEqual(known[0].map((p, t) => (slopes[t] === 0 ? 0 : p)));
    const told: unknown[] = [];
    const other = [known[0].map(() => -1)];
    await a.accumulateOf(BATCH, ([own]) => [told.push(own) ? slopes : slopes], { logprobs: other });
    expect(told).toEqual(other);
    const short = { logprobs: [known[0].subarray(1)] };
    await expect(a.accumulateOf(BATCH, () => [slopes], short)).rejects.toThrow("logprobs[0]");
    await expect(a.accumulateOf(BATCH, () => [slopes], { logprobs: [] })).rejects.toThrow(
      "one for each sequence",
    );
  });

  it("of the final norm's output goes back from there", async () => {
    const [a, b] = [await learner("micro"), await learner("micro")];
    const head = 0.3;
    const [final] = await a.finals(BATCH);
    expect(final.shape).toEqual([IDS.length, 16]);
    // The loss 0.3 · Σ final, of which the slope by one weight is known by differences.
    const ones = () => tensor(new Float64Array(IDS.length * 16).fill(head), [IDS.length, 16]);
    await a.accumulateOfFinals(BATCH, () => [ones()]);
    const lossOf = async () => {
      const [{ data }] = await b.finals(BATCH);
      return head * Array.from(data).reduce((sum, x) => sum + x, 0);
    };
    const name = "model.layers.0.mlp.up_proj.weight";
    const weights = b.parameters.get(name)?.data ?? [];
    for (const at of [0, 77]) {
      const here = weights[at];
      const step = 1e-5;
      weights[at] = here + step;
      const above = await lossOf();
      weights[at] = here - step;
      const below = await lossOf();
      weights[at] = here;
      const slope = (above - below) / (2 * step);
      expect(Math.abs(slope - (a.parameters.get(name)?.gradient[at] ?? 0))).toBeLessThan(1e-8);
    }
  });

  it("is the mean of the targets where nothing is learnt", async () => {
    const model = await learner("micro");
    const { loss, targets } = await model.meanLoss(BATCH);
    expect(targets).toBe(3.5);
    expect(loss).toBeCloseTo((await model.accumulate(BATCH, NORMALIZER)).loss, 14);
    await expect(model.meanLoss([{ ids: IDS, mask: MASK.map(() => 0) }])).rejects.toThrow(
      /at least one target/,
    );
  });
});

describe("a model that learns refuses", () => {
  it("sequences and masks that do not fit, in every call", async () => {
    const model = await learner("micro");
    const calls = {
      accumulate: (some: object[]) => model.accumulate(some as never, NORMALIZER),
      meanLoss: (some: object[]) => model.meanLoss(some as never),
      logprobs: (some: object[]) => model.logprobs(some as never),
      accumulateOf: (some: object[]) => model.accumulateOf(some as never, () => []),
    };
    for (const call of Object.values(calls)) {
      const refused = (mask: unknown) => expect(call([{ ids: IDS, mask }])).rejects;
      await refused([1, 1, 0, 0, 0, 0]).toThrow(/"sequences\[0\]\.mask\[0\]" expected 0, got 1/);
      await refused([...MASK, 1]).toThrow(/mask" expected a list of 6 numbers.*, got 7/);
      await refused([0, 1, -1, 0, 0, 0]).toThrow(/mask\[2\]" expected a number, 0 or more, got -1/);
      await refused([0, Number.NaN, 0, 0, 0, 0]).toThrow(/mask\[1\]" expected .*, got NaN/);
      await refused(null).toThrow(/mask" expected a list of 6 numbers/);
      await expect(call([...BATCH, null as never])).rejects.toThrow(
        /"sequences\[1\]" expected a sequence: { ids, mask }, got null/,
      );
    }
    await expect(calls.meanLoss([{ ids: IDS }])).rejects.toThrow(/mask" expected a list of 6/);
    const negative = model.accumulate(BATCH, { ...NORMALIZER, zLoss: -1 });
    await expect(negative).rejects.toThrow(/"zLoss" expected a number, 0 or more, got -1/);
    expect([...model.parameters.values()].every(({ gradient: g }) => g.every((x) => x === 0))).toBe(
      true,
    );
  });

  it("gradients of a callback that do not fit", async () => {
    const model = await learner("micro");
    const ofTokens = (given: unknown) =>
      expect(model.accumulateOf([{ ids: IDS }], () => given as never)).rejects;
    await ofTokens([]).toThrow(/"gradients" expected a list of 1, one for each sequence, got 0/);
    await ofTokens(undefined).toThrow(/got nothing; the callback gives the gradients back/);
    await ofTokens(Promise.resolve([])).toThrow(/got a Promise; the callback may not be async/);
    await ofTokens([new Float64Array(5)]).toThrow(/"gradients\[0\]" expected 6 numbers.*, got 5/);
    await ofTokens([null]).toThrow(/"gradients\[0\]" expected 6 numbers.*, got null/);
    const ofFinals = (given: unknown) =>
      expect(model.accumulateOfFinals([{ ids: IDS }], () => given as never)).rejects;
    const D = model.config.hiddenSize;
    await ofFinals([]).toThrow(/"gradients" expected a list of 1/);
    await ofFinals([tensor(new Float64Array(5 * D), [5, D])]).toThrow(
      `"gradients[0]" expected a tensor [6, ${D}], as what it is of, got [5, ${D}]`,
    );
    await ofFinals([new Float64Array(6 * D)]).toThrow(/"gradients\[0\]" expected a tensor/);
  });

  it("what is no sequence with a mask, and leaves its gradients alone", async () => {
    const model = await learner("micro");
    const accumulate = (sequences: unknown, options: object = NORMALIZER) =>
      model.accumulate(sequences as typeof BATCH, options as typeof NORMALIZER);
    await expect(accumulate("ids")).rejects.toThrow(/"sequences" expected a list of sequences/);
    await expect(accumulate([{ ids: IDS }])).rejects.toThrow(
      /"sequences\[0\]\.mask" expected a list of 6/,
    );
    await expect(accumulate([{ ids: IDS, mask: [1, 1] }])).rejects.toThrow(/list of 6 numbers/);
    await expect(accumulate([{ ids: IDS, mask: [1, 1, 0, 0, 0, 0] }])).rejects.toThrow(
      /"sequences\[0\]\.mask\[0\]" expected 0, got 1/,
    );
    await expect(accumulate([{ ids: [2, 40], mask: [0, 1] }])).rejects.toThrow(/40/);
    await expect(accumulate(BATCH, { normalizer: 0 })).rejects.toThrow(
      /"normalizer" expected a number above 0, got 0; a batch whose masks are all 0 has no loss/,
    );
    for (const { gradient } of model.parameters.values()) {
      expect(gradient.every((g) => g === 0)).toBe(true);
    }
  });

  it("two calls at a time, and goes on after them", async () => {
    const model = await learner("micro");
    const first = model.accumulate(BATCH, NORMALIZER);
    await expect(model.accumulate(BATCH, NORMALIZER)).rejects.toThrow(/not at work/);
    await first;
    await model.accumulate(BATCH, NORMALIZER);
  });

  it("to go on when it is aborted, between two sequences", async () => {
    const model = await learner("micro");
    const signal = AbortSignal.abort();
    for (const call of [
      model.accumulate(BATCH, { ...NORMALIZER, signal }),
      learner("micro", { signal }),
    ]) {
      await expect(call).rejects.toThrow(/abort/);
    }
    for (const call of [
      () => model.logprobs(BATCH, { signal }),
      () => model.meanLoss(BATCH, { signal }),
      () => model.finals(BATCH, { signal }),
      () => model.accumulateOf(BATCH, (all) => all, { signal }),
      () => model.accumulateOfFinals(BATCH, (all) => all, { signal }),
    ]) {
      await expect(call()).rejects.toThrow(/abort/);
    }
    const { config } = model;
    await expect(TrainableModel.random(config, { seed: 1, signal })).rejects.toThrow(/abort/);
  });
});
