/** Runs that are stopped and go on: the file of a run, and the bits that come of it. */
import { describe, expect, it } from "vitest";
import {
  readSafetensors,
  readSafetensorsHeader,
} from "../../../src/checkpoint/safetensors/read.ts";
import { writeSafetensors } from "../../../src/checkpoint/safetensors/write.ts";
import { FormatError } from "../../../src/errors.ts";
import { bytesSource } from "../../../src/source/byte-source.ts";
import { adafactor } from "../../../src/training/optimizer/adafactor.ts";
import { adamW } from "../../../src/training/optimizer/adamw.ts";
import { constant, linear } from "../../../src/training/optimizer/schedule.ts";
import type { BatchSource } from "../../../src/training/run/batch.ts";
import { resumeRun, saveRun } from "../../../src/training/run/run-state.ts";
import { shuffledBatches } from "../../../src/training/run/shuffled-batches.ts";
import { type RunOptions, TrainingRun } from "../../../src/training/run/training-run.ts";
import type { TrainableModel } from "../../../src/training/trainable.ts";
import type { TrainingSequence, Trains } from "../../../src/training/trains.ts";
import { learned, learner } from "../../support/learning.ts";
import {
  abortingAfter,
  Bigrams,
  bitsOf,
  inMemory,
  type Makes,
  randomSequences,
  stopping,
} from "../../support/training.ts";
import { whole } from "../../support/whole.ts";

const V = 7;
const sequences = randomSequences(12, V);
const source = () => shuffledBatches(sequences, { batchSize: 5, seed: 1 });

describe("a run that is stopped", () => {
  const bigrams = (optimizer: () => RunOptions["optimizer"]): Makes<Bigrams> => ({
    model: (part) => new Bigrams(V, part + 1),
    batches: source,
    options: () => ({
      optimizer: optimizer(),
      schedule: linear({ steps: 5, peak: 0.1, floor: 0.1 }),
      maxNorm: 0.3,
    }),
  });

  it("goes on to the same bits from each moment, in the middle of a step too", async () => {
    const makes = bigrams(adamW);
    const bits = await stopping(makes, []);
    for (let moment = 1; moment < 5 * 5; moment++) {
      expect(await stopping(makes, [moment]), `stopped after ${moment}`).toBe(bits);
    }
    expect(await stopping(makes, [1, 1, 3, 7, 5, 2])).toBe(bits);
  });

  it("and with Adafactor", async () => {
    const makes = bigrams(() => adafactor({ minSide: 2 }));
    const bits = await stopping(makes, []);
    for (const moment of [3, 5, 13]) expect(await stopping(makes, [moment])).toBe(bits);
  });

  it("and of a Gemma, at twenty moments", async () => {
    const [ids, T] = [learned("micro/adamw", "ids"), 11];
    const mask = Array.from({ length: T }, (_, t) => (t === 0 ? 0 : 1));
    const rows = Array.from({ length: ids.length / T }, (_, i) => ({
      ids: ids.slice(i * T, (i + 1) * T),
      mask,
    }));
    const makes: Makes<TrainableModel> = {
      model: () => learner("micro", { precision: "float32" }),
      batches: () => shuffledBatches(rows, { batchSize: 4, seed: 5 }),
      options: () => ({
        optimizer: adamW({ beta2: 0.95, weightDecay: 0.1 }),
        schedule: linear({ steps: 5, warmup: 2, peak: 3e-3 }),
        maxNorm: 1,
      }),
    };
    const bits = await stopping(makes, []);
    // A stop after each sequence: all moments that there are.
    expect(await stopping(makes, Array(20).fill(1))).toBe(bits);
    expect(await stopping(makes, [7])).toBe(bits);
  });
});

describe("a run of items that are no sequences", () => {
  /** A sequence that counts as `weight` sequences. */
  interface Weighed extends TrainingSequence {
    readonly weight: number;
  }

  /** Learns them, and says what each weighs. */
  class Weighing implements Trains<Weighed> {
    readonly bigrams: Bigrams;
    readonly parameters: Bigrams["parameters"];
    constructor(seed: number) {
      this.bigrams = new Bigrams(V, seed);
      this.parameters = this.bigrams.parameters;
    }
    zeroGradients = () => this.bigrams.zeroGradients();
    normalizerOf = (batch: readonly Weighed[]) =>
      batch.reduce((sum, { weight }) => sum + weight, 0);
    async accumulate(items: readonly Weighed[], { normalizer }: { readonly normalizer: number }) {
      const all = items.map(async (item) => {
        const scale = { normalizer: normalizer / item.weight };
        return (await this.bigrams.accumulate([item], scale)).losses[0];
      });
      const losses = await Promise.all(all);
      return { losses, figures: items.map(({ weight }) => ({ weight: weight / normalizer })) };
    }
  }

  /** A batch that depends on the weights of the model, as answers do that it has drawn itself. */
  function drawnBy({ parameters }: Weighing): BatchSource<Weighed> {
    const base = source();
    const weight = () => 1 + Math.abs(parameters.get("bias")?.data[0] ?? Number.NaN);
    return {
      state: () => base.state(),
      restore: (state) => base.restore(state),
      next: async () => (await base.next())?.map((one) => ({ ...one, weight: weight() })),
    };
  }

  const makes: Makes<Weighing, Weighed> = {
    model: (part) => new Weighing(part + 1),
    batches: drawnBy,
    options: () => ({ optimizer: adamW(), schedule: linear({ steps: 3, peak: 0.1, floor: 0.1 }) }),
  };

  it("goes on to the same bits and figures, its batches drawn with the weights of then", async () => {
    const bits = await stopping(makes, []);
    expect(bits).toContain('"weight":');
    for (let moment = 1; moment < 12; moment++) {
      expect(await stopping(makes, [moment]), `stopped after ${moment}`).toBe(bits);
    }
  });

  it("has figures that are the same in micro-batches of any size", async () => {
    const of = (microBatch: number) =>
      stopping({ ...makes, options: () => ({ ...makes.options(), microBatch }) }, []);
    expect(await of(2)).toBe(await of(1));
    expect(await of(9)).toBe(await of(1));
  });

  it("gives the weights back if other batches are drawn", async () => {
    const aborter = new AbortController();
    const stopped = new Weighing(1);
    const run = new TrainingRun(
      abortingAfter<Weighed>(stopped, 7, aborter),
      drawnBy(stopped),
      makes.options(),
    );
    await run.advance(aborter.signal);
    await expect(run.advance(aborter.signal)).rejects.toThrow("aborted");
    const saved = await inMemory(saveRun(run));
    const other = new Weighing(2);
    const batches = { ...drawnBy(other), next: async () => [{ ...sequences[0], weight: 3 }] };
    const options = makes.options();
    const before = bitsOf(other, options.optimizer);
    const resumed = new TrainingRun(other, batches, options);
    await expect(resumeRun(resumed, saved)).rejects.toThrow(
      "expected the batch of the saved run: 5 sequences",
    );
    expect(bitsOf(other, options.optimizer)).toBe(before);
  });
});

describe("a run that is resumed", () => {
  const options = (): RunOptions => ({
    optimizer: adamW(),
    schedule: constant(0.1),
    maxNorm: 2,
  });

  /** A run that was stopped in the middle of its second step: after 7 sequences, of 5 a batch. */
  async function stopped(own = options()) {
    const aborter = new AbortController();
    const model = abortingAfter(new Bigrams(V), 7, aborter);
    const run = new TrainingRun(model, source(), own);
    await run.advance(aborter.signal);
    await expect(run.advance(aborter.signal)).rejects.toThrow("aborted");
    return run;
  }

  it("has one file, which is a checkpoint of its masters, too", async () => {
    const run = await stopped();
    const file = await inMemory(saveRun(run));
    const { metadata, entries } = await readSafetensorsHeader(file);
    const state = JSON.parse(metadata.get("run") ?? "");
    expect(state).toMatchObject({
      version: 1,
      step: 1,
      batches: { seed: 1, batchSize: 5, sequences: 12, epoch: 0, at: 5 },
      settings: { precision: "float32", maxNorm: 2, zLoss: 0, schedule: { lr: 0.1 } },
      atWork: { done: 2, sequences: 5 },
    });
    expect([...entries.keys()]).toEqual([
      ...["table", "bias"],
      ...["table", "bias"].flatMap((name) => ["m", "v", "t"].map((k) => `optimizer.${k}.${name}`)),
      ...["gradient.table", "gradient.bias", "loss"],
    ]);
    const tensors = await readSafetensors(file);
    const bytes = await tensors.get("bias")?.rows(0, V);
    const { data } = run.model.parameters.get("bias") ?? { data: new Float32Array() };
    expect(new Float32Array(bytes?.buffer ?? new ArrayBuffer(0))).toEqual(data);
  });

  it("is refused where it contradicts what was saved, and nothing has changed", async () => {
    const saved = await inMemory(saveRun(await stopped()));
    const refused = async (
      message: string,
      changed: Partial<RunOptions>,
      model = new Bigrams(V, 9),
      batches: BatchSource = source(),
    ) => {
      const run = new TrainingRun(model, batches, { ...options(), ...changed });
      const before = [bitsOf(model, run.options.optimizer), batches.state(), run.step];
      await expect(resumeRun(run, saved)).rejects.toThrow(message);
      expect([bitsOf(model, run.options.optimizer), batches.state(), run.step]).toEqual(before);
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
    const size = { batchSize: 5, seed: 1 };
    for (const [message, batches] of [
      ['"seed" expected 2, as here, got 1', shuffledBatches(sequences, { ...size, seed: 2 })],
      ['"batchSize" expected 4', shuffledBatches(sequences, { ...size, batchSize: 4 })],
      ['"sequences" expected 11', shuffledBatches(sequences.slice(1), size)],
      [
        "expected the batch of the saved run: 5 sequences",
        shuffledBatches(randomSequences(12, V, 99), size),
      ],
    ] as const) {
      await refused(message, {}, new Bigrams(V, 9), batches);
    }
  });

  it("refuses files of other kinds, and damaged ones", async () => {
    const resume = (bytes: Uint8Array) =>
      resumeRun(
        new TrainingRun(new Bigrams(V), source(), options()),
        bytesSource(bytes, "run.safetensors"),
      );
    const checkpoint = await whole(writeSafetensors(new Map()));
    await expect(resume(checkpoint)).rejects.toThrow(
      'resumeRun: run.safetensors: "run" expected the file of a run, got no state of one in its metadata',
    );
    const bytes = await whole(saveRun(await stopped()));
    await expect(resume(bytes.subarray(0, bytes.length - 9))).rejects.toThrow(FormatError);
    const later = writeSafetensors(new Map(), { metadata: { run: '{"version": 2}' } });
    await expect(resume(await whole(later))).rejects.toThrow("saved by another version");
    const broken = writeSafetensors(new Map(), { metadata: { run: "[" } });
    await expect(resume(await whole(broken))).rejects.toThrow(FormatError);
  });

  it("begins its step anew where the model failed in it", async () => {
    const run = async (fails: boolean) => {
      const [model, batches, own] = [new Bigrams(V), source(), options()];
      let calls = 0;
      const failing: Trains = {
        ...abortingAfter(model, undefined, new AbortController()),
        accumulate: async (...args) => {
          const found = await model.accumulate(...args);
          if (fails && ++calls === 3) throw new Error("no memory");
          return found;
        },
      };
      const going = new TrainingRun(failing, batches, own);
      if (fails) await expect(going.advance()).rejects.toThrow("no memory");
      await going.advance();
      return bitsOf(model, own.optimizer);
    };
    expect(await run(true)).toBe(await run(false));
  });

  it("is not saved where an update failed in the middle", async () => {
    const own = options();
    const run = await stopped(own);
    own.optimizer.step = () => {
      throw new Error("half of it");
    };
    await expect(run.advance()).rejects.toThrow("half of it");
    expect(() => saveRun(run)).toThrow("go on from the file that was saved before");
  });
});
