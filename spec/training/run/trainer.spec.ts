import { describe, expect, it } from "vitest";
import { ArgumentError } from "../../../src/errors.ts";
import { adamW } from "../../../src/training/optimizer/adamw.ts";
import { constant, linear } from "../../../src/training/optimizer/schedule.ts";
import { shuffledBatches } from "../../../src/training/run/shuffled-batches.ts";
import { type StepReport, type TrainOptions, train } from "../../../src/training/run/trainer.ts";
import type { TrainingSequence } from "../../../src/training/trains.ts";
import { Bigrams, bitsOf, listed, randomSequences } from "../../support/training.ts";

const V = 7;
const sequences = randomSequences(12, V);

async function all(model: Bigrams, options: Partial<TrainOptions> = {}, batches = source()) {
  const reports: StepReport[] = [];
  const rest = { optimizer: adamW(), schedule: constant(0.1), steps: 4, ...options };
  for await (const report of train(model, batches, rest)) reports.push(report);
  return reports;
}

const source = () => shuffledBatches(sequences, { batchSize: 5, seed: 1 });

describe("train", () => {
  it("reports each step, and learns", async () => {
    const schedule = linear({ steps: 30, peak: 0.2 });
    const counting = [{ ids: [0, 1, 2, 3, 4, 5, 6], mask: [0, 1, 1, 1, 1, 1, 1] }];
    const batches = shuffledBatches(counting, { batchSize: 2 });
    const reports = await all(new Bigrams(V), { schedule, steps: undefined }, batches);
    expect(reports.map(({ step }) => step)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    expect(reports[29].loss).toBeLessThan(0.2 * reports[0].loss);
    const [{ steps, lr, targets, gradientNorm, tokensPerSecond, secondsLeft }] = reports;
    expect({ steps, lr }).toEqual({ steps: 30, lr: 0.2 });
    expect(targets).toBe(6);
    for (const x of [gradientNorm, tokensPerSecond, secondsLeft]) expect(x).toBeGreaterThan(0);
    expect(reports[29].secondsLeft).toBe(0);
    expect(reports[0]).not.toHaveProperty("skipped");
  });

  it("ends with the batches, where no step is the last", async () => {
    const batches = shuffledBatches(sequences, { batchSize: 5, epochs: 2 });
    const reports = await all(new Bigrams(V), { steps: undefined }, batches);
    expect(reports.length).toBe(6); // twice 5, 5 and 2 sequences
    expect(reports[0].secondsLeft).toBeUndefined();
  });

  it.each([
    ["float32", Float32Array],
    ["float64", Float64Array],
  ])("gives the same bits in micro-batches of any size, %s", async (_, Storage) => {
    const run = async (microBatch: number) => {
      const [model, optimizer] = [new Bigrams(V, 1, Storage), adamW()];
      const reports = await all(model, { optimizer, microBatch, maxNorm: 0.5 });
      return [bitsOf(model, optimizer), reports.map(({ loss }) => loss)];
    };
    const whole = await run(100);
    for (const k of [1, 2, 3]) expect(await run(k)).toEqual(whole);
  });

  it("divides by the targets of the whole batch: short sequences do not weigh more", async () => {
    const batch: TrainingSequence[] = [
      { ids: [0, 1], mask: [0, 1] },
      { ids: [0, 2, 3, 4], mask: [0, 1, 1, 1] },
    ];
    const each = await Promise.all(
      batch.map(async (one) => (await all(new Bigrams(V), { steps: 1 }, listed([[one]])))[0].loss),
    );
    const [{ loss, targets }] = await all(new Bigrams(V), { steps: 1 }, listed([batch]));
    expect(targets).toBe(4);
    expect(loss).toBeCloseTo((each[0] + 3 * each[1]) / 4, 12);
    expect(Math.abs(loss - (each[0] + each[1]) / 2)).toBeGreaterThan(1e-3); // the mean of means
  });

  it("refuses a batch in which nothing is a target, and masks that do not fit", async () => {
    const refused = (...batch: TrainingSequence[]) =>
      expect(all(new Bigrams(V), {}, listed([batch]))).rejects;
    await refused({ ids: [1, 2], mask: [0, 0] }).toThrow(
      'train: "batch" expected at least one token that counts as a target, got masks of 0 in all 1; a mask counts the tokens to be learnt, such as those of the answer',
    );
    await refused().toThrow("got no sequences");
    await refused({ ids: [1, 2], mask: [1] }).toThrow(
      '"batch[0].mask" expected a list of 2 numbers',
    );
    await refused({ ids: [1, 2], mask: [1, 1] }).toThrow(
      "no token comes before the first, so that it cannot be a target",
    );
    await refused({ ids: [1, 2], mask: [0, -1] }).toThrow('"batch[0].mask[1]" expected a number');
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])(
    "skips a step whose gradients are %s, and says so: weights and moments stay",
    async (bad) => {
      const [model, optimizer] = [new Bigrams(V), adamW()];
      const broken = model.accumulate.bind(model);
      let step = 0;
      model.accumulate = async (...args) => {
        const result = await broken(...args);
        const gradient = model.parameters.get("bias")?.gradient as Float32Array;
        if (step === 1) gradient[2] = bad;
        return result;
      };
      const found: string[] = [];
      const options = { optimizer, schedule: constant(0.1), steps: 3, maxNorm: 1, microBatch: 9 };
      for await (const report of train(model, source(), options)) {
        step++;
        found.push(bitsOf(model, optimizer));
        const said = `the norm of the gradients is ${bad}: weights and moments stay as they were`;
        expect(report.skipped).toBe(step === 2 ? said : undefined);
      }
      expect(found[1]).toBe(found[0]);
      expect(found[2]).not.toBe(found[1]);
    },
  );

  it.each([
    [1e300, {}, '"table" expected finite numbers, got infinite or NaN weights after step 1'],
    [1e30, { saveEvery: 2 }, '"the loss" expected finite numbers, got Infinity in step 2'],
    [1e30, {}, '"the loss" expected finite numbers, got NaN after step 1'],
    [1e30, { steps: 1, saveEvery: 2 }, '"the loss" expected finite numbers, got NaN after step 1'],
  ])(
    "stops a run that diverges, at rate %d, %j: %s; saves nothing more",
    async (lr, more, said) => {
      const saved: number[] = [];
      const save = (_: unknown, step: number) => void saved.push(step);
      const schedule = constant(lr);
      const options = { schedule, saveEvery: 1, save, maxNorm: 1, steps: 3, ...more };
      const error = await all(new Bigrams(V), options).catch((reason: Error) => reason);
      expect(error).toBeInstanceOf(ArgumentError);
      expect((error as Error).message).toBe(
        `train: ${said}; the run has diverged: begin again with a lower learning rate, or with a lower maxNorm`,
      );
      expect(saved).toEqual([]);
    },
  );

  it("saves every few steps, in the end, and when the loop is left", async () => {
    const saved: number[] = [];
    const save = (_: unknown, step: number) => void saved.push(step);
    await all(new Bigrams(V), { steps: 5, save, saveEvery: 2 });
    expect(saved).toEqual([2, 4, 5]);
    saved.length = 0;
    const options = { optimizer: adamW(), schedule: constant(1), save };
    for await (const { step } of train(new Bigrams(V), source(), options)) if (step === 3) break;
    expect(saved).toEqual([3]);
  });

  it("refuses options that cannot be, before it begins", () => {
    const good = { optimizer: adamW(), schedule: constant(0.1) };
    const trying = (options: object) => () =>
      train(new Bigrams(V), source(), { ...good, ...options });
    expect(trying({ lr: 1 })).toThrow('train: "lr" expected an option');
    expect(trying({ steps: -1 })).toThrow('"steps" expected an integer, 0 or more, got -1');
    expect(trying({ saveEvery: 0 })).toThrow('"saveEvery" expected a positive integer, got 0');
    expect(trying({ microBatch: 0 })).toThrow('"microBatch" expected a positive integer, got 0');
    expect(trying({ maxNorm: 0 })).toThrow('"maxNorm" expected a number above 0, got 0');
    expect(trying({ zLoss: Number.NaN })).toThrow('"zLoss" expected a finite number');
    expect(trying({ optimizer: undefined })).toThrow('"optimizer" expected an optimizer');
    expect(trying({ schedule: 0.1 })).toThrow('"schedule" expected a function');
  });
});
