/** LoRA held against PyTorch's gradients and AdamW through Google's code (fixtures/learning/README.md). */
import { describe, expect, it } from "vitest";
import { simdMatmuls } from "../../../src/backend/wasm/matmuls/simd-matmuls.ts";
import { ArgumentError } from "../../../src/errors.ts";
import { tensor } from "../../../src/tensor/tensor.ts";
import { adamW } from "../../../src/training/optimizer/adamw.ts";
import { applyGradients } from "../../../src/training/run/step.ts";
import { type Adapter, type LoraPair, newAdapter } from "../../../src/tuning/lora/adapter.ts";
import { loraModel } from "../../../src/tuning/lora/lora.ts";
import { moduleOf } from "../../../src/tuning/lora/settings.ts";
import { goldens } from "../../support/goldens.ts";
import {
  digestError,
  LEARNING_MODELS,
  learned,
  learner,
  learningCheckpoint,
  relativeError,
  sequences,
  targetsIn,
} from "../../support/learning.ts";
import { thrownBy } from "../../support/thrown-by.ts";

/** The adapter with which the golden run begins. */
async function beginning(name: string): Promise<Adapter> {
  const file = `${name}/lora`;
  const { config } = await learningCheckpoint(name);
  const [r, alpha] = [learned(file, "r")[0], learned(file, "alpha")[0]];
  const own = newAdapter(config, { r, alpha, precision: "float64" });
  const pairs = new Map<string, LoraPair>();
  for (const [weight, pair] of own.pairs) {
    const data = Float64Array.from(learned(file, `initial.${moduleOf(weight)}.lora_A.weight`));
    pairs.set(weight, { ...pair, a: tensor(data, pair.a.shape) });
  }
  return { ...own, pairs };
}

describe.each(LEARNING_MODELS)("LoRA of %s", (name) => {
  const file = `${name}/lora`;
  const steps = learned(file, "loss").length;
  const ids = learned(file, "ids");
  const perStep = ids.length / steps;
  const batch = (step: number) =>
    sequences(ids.slice(step * perStep, (step + 1) * perStep), learned(file, "mask"), 2);

  it("learns as PyTorch does: losses, gradients, norms, and the factors after five steps of AdamW", async () => {
    const checkpoint = await learningCheckpoint(name);
    const { model } = await loraModel(checkpoint, {
      adapter: await beginning(name),
      precision: "float64",
    });
    const optimizer = adamW({ beta1: 0.9, beta2: 0.999, weightDecay: 0 });
    const [lr] = learned(file, "lr");
    for (let step = 0; step < steps; step++) {
      model.zeroGradients();
      const some = batch(step);
      const { loss } = await model.accumulate(some, { normalizer: targetsIn(some) });
      expect(Math.abs(loss - learned(file, "loss")[step])).toBeLessThan(1e-12);
      if (step === 1) {
        const golden = learned(file, "digest.grad_at_1");
        [...model.parameters.values()].forEach(({ gradient }, i) => {
          expect(digestError(gradient, golden.slice(2 * i, 2 * i + 2))).toBeLessThan(1e-12);
        });
      }
      const { gradientNorm } = applyGradients(model.parameters.values(), { optimizer, lr });
      const norm = learned(file, "grad_norm")[step];
      expect(Math.abs(gradientNorm - norm) / norm).toBeLessThan(1e-12);
    }
    const digests = goldens(`learning/${file}.npz`).get("digest.final");
    [...model.parameters].forEach(([parameter, { data }], i) => {
      if (digests) {
        const golden = learned(file, "digest.final").slice(2 * i, 2 * i + 2);
        expect(digestError(data, golden)).toBeLessThan(1e-10);
      } else {
        expect(relativeError(data, learned(file, `final.${parameter}`))).toBeLessThan(1e-10);
      }
    });
    const last = batch(0);
    const { loss } = await model.accumulate(last, { normalizer: targetsIn(last) });
    expect(Math.abs(loss - learned(file, "final_loss")[0])).toBeLessThan(1e-11);
  });
});

/** Something else than the 0 that B begins with. */
function fillB(data: { [i: number]: number; length: number }): void {
  for (let i = 0; i < data.length; i++) data[i] = Math.sin(i) / 9;
}

describe("loraModel", () => {
  it("begins with A within ±1/√D by the seed and B at 0, so that nothing changes, and moves B first", async () => {
    const micro = await learningCheckpoint("micro");
    const { model, adapter } = await loraModel(micro, { r: 3, seed: 5 });
    expect(adapter.settings).toMatchObject({ r: 3, alpha: 6, rsLora: false });
    expect(model.parameters.size).toBe(2 * 7 * micro.config.numHiddenLayers);
    for (const { a, b, scale } of adapter.pairs.values()) {
      expect(scale).toBe(2);
      const bound = 1 / Math.sqrt(a.shape[1]);
      const most = Math.max(...Array.from(a.data, Math.abs));
      expect(most).toBeLessThan(bound);
      expect(most).toBeGreaterThan(0.8 * bound);
      expect(b.data.every((x) => x === 0)).toBe(true);
    }
    const again = newAdapter(micro.config, { r: 3, seed: 5 });
    expect([...again.pairs]).toEqual([...adapter.pairs]);
    const other = newAdapter(micro.config, { r: 3, seed: 6 });
    expect([...other.pairs]).not.toEqual([...adapter.pairs]);

    const ids = [2, 5, 7, 9];
    const [logprobs] = await model.logprobs([{ ids }]);
    const [base] = await (await learner("micro", { precision: "float32" })).logprobs([{ ids }]);
    expect(logprobs).toEqual(base);
    await model.accumulate([{ ids, mask: [0, 1, 1, 1] }], { normalizer: 3 });
    for (const [name, { gradient }] of model.parameters) {
      expect(gradient.some((g) => g !== 0)).toBe(name.endsWith("lora_B.weight"));
    }
  });

  it("has gradients that finite differences have, whatever the targets and ranks", async () => {
    const gqa = await learningCheckpoint("gqa");
    const options = {
      targets: ["k_proj", "down_proj"],
      layers: [1],
      r: 2,
      rankPattern: { k_proj: 5 },
    };
    const alphaPattern = { down_proj: 7 };
    const begin = newAdapter(gqa.config, {
      ...options,
      alphaPattern,
      alpha: 3,
      rsLora: true,
      precision: "float64",
    });
    for (const { b } of begin.pairs.values()) fillB(b.data);
    const { model, adapter } = await loraModel(gqa, { adapter: begin, precision: "float64" });
    expect([...adapter.pairs].map(([, { a, scale }]) => [a.shape[0], scale])).toEqual([
      [5, 3 / Math.sqrt(5)],
      [2, 7 / Math.sqrt(2)],
    ]);
    const some = [{ ids: [2, 9, 4, 11, 30], mask: [0, 1, 0, 1, 1] }];
    const loss = async () => (await model.accumulate(some, { normalizer: 3 })).loss;
    await loss();
    const gradients = new Map([...model.parameters].map(([name, p]) => [name, p.gradient.slice()]));
    for (const [name, { data }] of model.parameters) {
      for (const i of [data.length >> 1]) {
        const at = data[i];
        const h = 1e-3;
        const values: number[] = [];
        for (const step of [-2, -1, 1, 2]) {
          data[i] = at + step * h;
          values.push(await loss());
        }
        data[i] = at;
        const [a, b, c, d] = values;
        const slope = (a - 8 * b + 8 * c - d) / (12 * h);
        expect(Math.abs(slope - (gradients.get(name)?.[i] ?? 0))).toBeLessThan(1e-9);
      }
    }
  });

  it("adds up to the same bits in one call or in several, with blocks computed again or kept", async () => {
    const micro = await learningCheckpoint("micro");
    const begin = newAdapter(micro.config, { r: 2 });
    for (const { b } of begin.pairs.values()) fillB(b.data);
    const all = [
      { ids: [2, 5, 7, 9], mask: [0, 1, 1, 1] },
      { ids: [2, 30, 8], mask: [0, 0, 1] },
      { ids: [2, 6, 6, 6, 6, 6], mask: [0, 1, 0, 1, 0, 1] },
    ];
    const bits = async (parts: (typeof all)[], recompute = false) => {
      const { model } = await loraModel(micro, { adapter: begin, recompute });
      for (const part of parts) await model.accumulate(part, { normalizer: 7 });
      return [...model.parameters.values()].map(({ gradient }) => gradient);
    };
    const once = await bits([all]);
    expect(await bits(all.map((one) => [one]))).toEqual(once);
    expect(await bits([all], true)).toEqual(once);
  });

  it("computes with the matmuls that it is given, to float32", async () => {
    const micro = await learningCheckpoint("micro");
    const begin = newAdapter(micro.config, { r: 2 });
    for (const { b } of begin.pairs.values()) fillB(b.data);
    const lossOf = async (options: object) => {
      const { model } = await loraModel(micro, { adapter: begin, ...options });
      const some = [{ ids: [2, 5, 7, 9], mask: [0, 1, 1, 1] }];
      return (await model.accumulate(some, { normalizer: 3 })).loss;
    };
    let calls = 0;
    const simd = simdMatmuls();
    const matmuls = {
      ...simd,
      weight: (...args: Parameters<typeof simd.weight>) => {
        calls++;
        simd.weight(...args);
      },
    };
    expect(Math.abs((await lossOf({ matmuls })) - (await lossOf({})))).toBeLessThan(1e-4);
    expect(calls).toBeGreaterThanOrEqual(2 * 7 * micro.config.numHiddenLayers);
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(lossOf({ signal })).rejects.toThrow("enough");
  });

  it("refuses settings beside an adapter, the table as a target, and what the model has not", async () => {
    const micro = await learningCheckpoint("micro");
    const refusal = (options: object) =>
      loraModel(micro, options).then(
        () => expect.unreachable("it was made"),
        (error: Error) => error.message,
      );
    const adapter = newAdapter(micro.config);
    expect(await refusal({ adapter, r: 4 })).toContain("no setting beside an adapter");
    expect(await refusal({ targets: ["embed_tokens"] })).toContain("in one");
    expect(await refusal({ targets: ["qproj"] })).toContain("q_proj, k_proj");
    expect(await refusal({ r: 0 })).toContain("a positive integer");
    expect(await refusal({ r: 2 ** 32 })).toMatch(
      /^lora: "r" expected at most \d+, the smaller side of model\.layers\.0\..*_proj\.weight \[\d+, ?\d+\], got 4294967296$/,
    );
    expect(await refusal({ rank: 4 })).toContain("rank");
    expect(await refusal({ layers: [9] })).toContain('"layers[0]" expected an integer from 0 to 1');
    const { config } = await learningCheckpoint("mqa");
    expect(await refusal({ adapter: newAdapter(config) })).toContain("another model");
  });

  it("refuses each name that fits no module, with the nearest that does", async () => {
    const { config } = await learningCheckpoint("micro");
    const refusal = (options: object) => {
      const error = thrownBy(() => newAdapter(config, options));
      expect(error).toBeInstanceOf(ArgumentError);
      return error.message;
    };
    expect(refusal({ targets: ["q_proj", "vproj"] })).toBe(
      'lora: "targets[1]" expected a projection of a block, got "vproj"; did you mean v_proj? ' +
        "names of a block's projections are q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj",
    );
    expect(refusal({ targets: ["q_proj", "nope"] })).toContain("q_proj, k_proj, v_proj");
    expect(refusal({ targets: ["q_proj", "input_layernorm"] })).toContain('"targets[1]"');
    expect(refusal({ targets: 5 })).toContain('"targets" expected a list of names, a pattern');
    expect(refusal({ targets: [] })).toContain('"targets" expected a list of names');
    expect(refusal({ targets: "q_proj" })).toContain('a list of names: ["q_proj"]');
    expect(refusal({ layers: [0, 7] })).toContain(
      '"layers[1]" expected an integer from 0 to 1, got 7',
    );
    expect(refusal({ layers: ["0"] })).toContain('"layers[0]"');
    expect(refusal({ layers: [0], targets: "all-linear" })).toContain('"layers" expected a list');
    expect(refusal({ layers: [0], targets: ["v_proj", "1.self_attn.q_proj"] })).toContain(
      '"targets[1]" expected a module in the blocks [0], got "1.self_attn.q_proj"',
    );
    expect(refusal({ rankPattern: { nope: 3 } })).toContain('"rankPattern.nope" expected a module');
    expect(refusal({ alphaPattern: { k_prj: 3 } })).toContain("did you mean k_proj?");
    expect(refusal({ rankPattern: { q_proj: 0 } })).toContain('"rankPattern.q_proj"');
    expect(refusal({ rankPattern: 4 })).toContain('"rankPattern" expected an object');
    expect(refusal({ rankPattern: { k_proj: 3 }, targets: ["q_proj"] })).toContain("among targets");
    const rankPattern = { "layers.1.mlp.*": 3, q_proj: 2 };
    expect(newAdapter(config, { rankPattern, targets: "all-linear" }).pairs.size).toBe(14);
  });

  it("learns beside weights in float64, with matmuls in float32", async () => {
    const { config } = await learningCheckpoint("micro");
    const tensors = (await learner("micro", { precision: "float64" })).tensors();
    const { model } = await loraModel({ config, tensors }, { matmuls: simdMatmuls() });
    const { loss } = await model.accumulate([{ ids: [2, 5, 7], mask: [0, 1, 1] }], {
      normalizer: 2,
    });
    expect(loss).toBeGreaterThan(0);
  });
});
