/** Gradients of whole models, held against PyTorch's through Google's code (fixtures/learning/README.md). */
import { describe, expect, it } from "vitest";
import type { TrainingBackend } from "../../src/backend/backward.ts";
import type { CpuHandles } from "../../src/backend/cpu/cpu.ts";
import type { FloatArray } from "../../src/tensor/tensor.ts";
import type { TrainableModel } from "../../src/training/trainable.ts";
import {
  digest,
  digestError,
  LEARNING_MODELS,
  learned,
  learnedNames,
  learner,
  relativeError,
  sequences,
  targetsIn,
} from "../support/learning.ts";

/** The batch of lm.npz. */
function batchOf(name: string) {
  const file = `${name}/lm`;
  const all = sequences(learned(file, "ids"), learned(file, "mask"), 2, learned(file, "lengths"));
  return { all, normalizer: targetsIn(all) };
}

const TABLE = "model.embed_tokens.weight";

const tableOf = ({ parameters }: TrainableModel) =>
  parameters.get(TABLE)?.gradient ?? new Float64Array(0);

const gradientsOf = ({ parameters }: TrainableModel) =>
  [...parameters.values()].map(({ gradient }) => gradient);

/** A backend whose twins leave the other half of the table's gradient out. */
function withHalf(
  backend: TrainingBackend<CpuHandles>,
  half: "input" | "output",
): TrainingBackend<CpuHandles> {
  const twins = backend.backward;
  const changed: Partial<typeof twins> =
    half === "input"
      ? { head: (args, spans) => twins.head({ ...args, dTable: undefined }, spans) }
      : { embed: () => {} };
  return { ...backend, backward: { ...twins, ...changed } };
}

/** Distances of all gradients from those of `file`, by the name of the weight. */
async function gradientErrors(name: string, model: TrainableModel) {
  const weights = learnedNames(`${name}/lm`, "grad.");
  expect(weights).toEqual([...model.parameters.keys()]);
  return weights.map((weight) => {
    const gradient = model.parameters.get(weight)?.gradient ?? [];
    return relativeError(gradient, learned(`${name}/lm`, `grad.${weight}`));
  });
}

describe.each(LEARNING_MODELS)("gradients of %s", (name) => {
  const file = `${name}/lm`;
  const { all, normalizer } = batchOf(name);

  it("are Google's in float64: loss, log-probs, and every weight", async () => {
    const model = await learner(name);
    const { loss, logprobs } = await model.accumulate(all, { normalizer });
    expect(Math.abs(loss - learned(file, "loss")[0])).toBeLessThan(1e-12);
    const mask = learned(file, "mask");
    const golden = learned(file, "logprobs").map((p, i) => p * mask[i]);
    const T = golden.length / 2 + 1;
    const ours = Float64Array.from(golden, (_, i) => {
      const [b, t] = [Math.floor(i / (T - 1)), (i % (T - 1)) + 1];
      return logprobs[b][t] ?? 0;
    });
    expect(relativeError(ours, golden)).toBeLessThan(1e-12);
    expect(Math.max(...(await gradientErrors(name, model)))).toBeLessThan(1e-12);
  });

  it("are no further from that in float32 than twice Google's own", async () => {
    const model = await learner(name, { precision: "float32" });
    await model.accumulate(all, { normalizer });
    const error = learned(file, "f32.error"); // [weights, 2]: largest, and relative in the L2 norm
    for (const [i, [weight, { gradient }]] of [...model.parameters].entries()) {
      const golden = learned(file, `grad.${weight}`);
      const off = gradient.map((g, j) => g - golden[j]);
      const largest = Math.max(...off.map(Math.abs));
      expect(largest, weight).toBeLessThanOrEqual(2 * error[2 * i]);
      const relative = digest(off)[0] / digest(golden)[0];
      expect(relative, weight).toBeLessThanOrEqual(2 * error[2 * i + 1]);
    }
  });

  it("have the two halves of the table's apart", async () => {
    const model = await learner(name);
    const halves: Record<string, FloatArray> = {};
    for (const half of ["input", "output"] as const) {
      const one = await learner(name, {
        adapt: (parts) => ({ ...parts, backend: withHalf(parts.backend, half) }),
      });
      await one.accumulate(all, { normalizer });
      halves[half] = tableOf(one);
    }
    await model.accumulate(all, { normalizer });
    const sum = halves.input.map((g, i) => g + halves.output[i]);
    expect(relativeError(tableOf(model), sum)).toBeLessThan(1e-15);
    if (name === "micro") {
      expect(relativeError(halves.input, learned(file, "embed.input"))).toBeLessThan(1e-12);
      expect(relativeError(halves.output, learned(file, "embed.output"))).toBeLessThan(1e-12);
    } else {
      const golden = learned(file, "digest.embed");
      expect(digestError(halves.input, golden.slice(0, 2))).toBeLessThan(1e-12);
      expect(digestError(halves.output, golden.slice(2))).toBeLessThan(1e-12);
    }
  });

  it("are Google's with the z-loss", async () => {
    const model = await learner(name);
    const zLoss = learned(file, "zloss.coefficient")[0];
    const { loss } = await model.accumulate(all, { normalizer, zLoss });
    expect(Math.abs(loss - learned(file, "zloss.loss")[0])).toBeLessThan(1e-12);
    const golden = learned(file, "digest.zloss");
    for (const [i, { gradient }] of [...model.parameters.values()].entries()) {
      expect(digestError(gradient, golden.slice(2 * i, 2 * i + 2))).toBeLessThan(1e-12);
    }
  });

  it("are not the mean of the means of sequences", async () => {
    const model = await learner(name);
    const bySequence = learned(file, "accumulation.loss_by_sequence");
    for (const [i, one] of all.entries()) {
      const { loss } = await model.accumulate([one], { normalizer: targetsIn([one]) });
      expect(Math.abs(loss - bySequence[i])).toBeLessThan(1e-12);
    }
    const golden = learned(file, "digest.mean_of_means");
    const table = tableOf(model).map((g) => g / all.length);
    expect(digestError(table, golden.slice(0, 2))).toBeLessThan(1e-12);
    expect(relativeError(table, learned(file, `grad.${TABLE}`))).toBeGreaterThan(0.1);
  });

  it("have the same bits whichever way a batch is cut, and where blocks are computed again", async () => {
    for (const precision of ["float32", "float64"] as const) {
      const whole = await learner(name, { precision });
      const parts = await learner(name, { precision });
      const again = await learner(name, { precision, recompute: true });
      const { losses } = await whole.accumulate(all, { normalizer });
      const inParts: number[] = [];
      for (const one of all)
        inParts.push(...(await parts.accumulate([one], { normalizer })).losses);
      const recomputed = await again.accumulate(all, { normalizer });
      expect(inParts).toEqual(losses);
      expect(recomputed.losses).toEqual(losses);
      expect(gradientsOf(parts)).toEqual(gradientsOf(whole));
      expect(gradientsOf(again)).toEqual(gradientsOf(whole));
    }
  });

  it("of documents packed into a row are those of the documents", async () => {
    const [ids, document, mask] = ["ids", "document", "mask"].map((x) =>
      learned(file, `packed.${x}`),
    );
    const documents = [0, 1].map((d) => {
      const places = [...ids.keys()].filter((t) => document[t] === d);
      const counts = (t: number, i: number) => (i === 0 ? 0 : mask[t - 1]);
      return { ids: places.map((t) => ids[t]), mask: places.map(counts) };
    });
    const model = await learner(name);
    const { loss } = await model.accumulate(documents, { normalizer: targetsIn(documents) });
    expect(Math.abs(loss - learned(file, "packed.loss")[0])).toBeLessThan(1e-12);
    expect(Math.abs(loss - learned(file, "packed.mask_only_loss")[0])).toBeLessThan(1e-12);
    expect(Math.abs(loss - learned(file, "packed.leaky_loss")[0])).toBeGreaterThan(1e-4);
    expect(Math.max(...(await gradientErrors(name, model)))).toBeLessThan(1e-12);
  });
});
