import { describe, expect, it } from "vitest";
import { adafactor } from "../../../src/training/optimizer/adafactor.ts";
import { adamW } from "../../../src/training/optimizer/adamw.ts";
import { constant, linear } from "../../../src/training/optimizer/schedule.ts";
import { shuffledBatches } from "../../../src/training/run/shuffled-batches.ts";
import { type StepReport, type TrainOptions, train } from "../../../src/training/run/trainer.ts";
import type { TrainingSequence } from "../../../src/training/trains.ts";
import { Bigrams, bitsOf, inMemory, listed, randomSequences } from "../../support/training.ts";

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
    expect(targets).toBe(12);
    for (const x of [gradientNorm, tokensPerSecond, secondsLeft]) expect(x).toBeGreaterThan(0);
    expect(reports[29].secondsLeft).toBe(0);
    expect(reports[0]).not.toHaveProperty("skipped");
  });

  it("ends with the batches, where no step is the last", async () => {
    const batches = shuffledBatches(sequences, { batchSize: 5, epochs: 2 });
    const reports = await all(new Bigrams(V), { steps: undefined }, batches);
    expect(reports.length).toBe(5); // 24 sequences
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
    await refused({ ids: [1, 2], mask: [1] }).toThrow('"batch[0].mask" expected 2 numbers');
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

describe("a run that is stopped", () => {
  const STEPS = 5;

  /** Stops when so many sequences have been added up since it began or went on, saves, and goes on from the file in new objects. */
  async function stopping(moments: readonly number[], make = adamW): Promise<string> {
    let file: Parameters<NonNullable<TrainOptions["save"]>>[0] | undefined;
    for (let part = 0; ; part++) {
      // Other weights to begin with, each time: all that counts is in the file.
      const [model, optimizer] = [new Bigrams(V, part + 1), make()];
      const aborter = new AbortController();
      const accumulate = model.accumulate.bind(model);
      model.accumulate = async (...args) => {
        const found = await accumulate(...args);
        if (model.accumulated === moments[part]) aborter.abort();
        return found;
      };
      const run = train(model, source(), {
        ...{ optimizer, schedule: linear({ steps: STEPS, peak: 0.1, floor: 0.1 }), maxNorm: 0.3 },
        signal: aborter.signal,
        resume: file && (await inMemory(file)),
        save: (written) => {
          file = written;
        },
      });
      try {
        for await (const _ of run);
        return bitsOf(model, optimizer);
      } catch (error) {
        expect(error).toBe(aborter.signal.reason);
      }
    }
  }

  it("goes on to the same bits from each moment, in the middle of a step too", async () => {
    const whole = await stopping([]);
    for (let moment = 1; moment < 5 * STEPS; moment++) {
      expect(await stopping([moment]), `stopped after ${moment}`).toBe(whole);
    }
    expect(await stopping([1, 1, 3, 7, 5, 2])).toBe(whole);
  });

  it("and with Adafactor", async () => {
    const make = () => adafactor({ minSide: 2 });
    const whole = await stopping([], make);
    for (const moment of [3, 5, 13]) expect(await stopping([moment], make)).toBe(whole);
  });
});

describe("a run that is resumed", () => {
  const saved = async (model: Bigrams, options: Partial<TrainOptions> = {}, batches = source()) => {
    let file: Parameters<NonNullable<TrainOptions["save"]>>[0] | undefined;
    const aborter = new AbortController();
    const accumulate = model.accumulate.bind(model);
    model.accumulate = async (...args) => {
      if (model.accumulated === 7) aborter.abort();
      return accumulate(...args);
    };
    const save: TrainOptions["save"] = (written) => {
      file = written;
    };
    const { signal } = aborter;
    await expect(all(model, { signal, save, ...options }, batches)).rejects.toThrow();
    if (!file) throw new Error("nothing was saved");
    return inMemory(file);
  };

  it("is refused where it contradicts what was saved, and nothing has changed", async () => {
    const resume = await saved(new Bigrams(V), { maxNorm: 2 });
    const refused = async (
      message: string,
      options: Partial<TrainOptions>,
      model = new Bigrams(V, 9),
      batches = source(),
    ) => {
      const [bits, state] = [bitsOf(model, adamW()), batches.state()];
      const trying = all(model, { maxNorm: 2, resume, ...options }, batches);
      await expect(trying).rejects.toThrow(message);
      expect(bitsOf(model, adamW())).toBe(bits);
      expect(batches.state()).toEqual(state);
    };
    await refused(
      'resumeRun: run.safetensors: "optimizer.beta2" expected 0.999, as in the saved run, got 0.95; a run goes on with the options that it began with; begin another one from its weights',
      { optimizer: adamW({ beta2: 0.95 }) },
    );
    await refused('"optimizer.optimizer" expected "adamW"', { optimizer: adafactor() });
    await refused('"schedule.lr" expected 0.1, as in', { schedule: constant(0.2) });
    await refused('"schedule" expected {"schedule": "constant"', { schedule: () => 0.1 });
    await refused('"maxNorm" expected 2, as in the saved run, got null', { maxNorm: undefined });
    await refused('"zLoss" expected 0, as in the saved run, got 0.1', { zLoss: 0.1 });
    await refused('"precision" expected "float32"', {}, new Bigrams(V, 1, Float64Array));
    await refused('"table" expected float32 [7, 7], as in', {}, new Bigrams(V + 1));
    const { batchSize, seed } = { batchSize: 5, seed: 1 };
    await refused(
      "expected the batch of the saved run: 5 sequences",
      {},
      new Bigrams(V, 9),
      shuffledBatches(randomSequences(12, V, 99), { batchSize, seed }),
    );
    const made = [
      ['"seed" expected 2, as here, got 1', shuffledBatches(sequences, { batchSize, seed: 2 })],
      [
        '"batchSize" expected 4, as here, got 5',
        shuffledBatches(sequences, { batchSize: 4, seed }),
      ],
      ['"sequences" expected 11', shuffledBatches(sequences.slice(1), { batchSize, seed })],
    ] as const;
    for (const [message, batches] of made) await refused(message, {}, new Bigrams(V, 9), batches);
  });
});
