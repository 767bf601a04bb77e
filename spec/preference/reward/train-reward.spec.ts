/** Training of reward models: its reports, its defaults, and runs that are stopped and go on. */
import { describe, expect, it } from "vitest";
import type { GemmaConfig } from "../../../src/config.ts";
import { ArgumentError } from "../../../src/errors.ts";
import type { PreferenceRow } from "../../../src/preference/pairs/preference-pair.ts";
import { RewardModel } from "../../../src/preference/reward/reward-model.ts";
import {
  type RewardReport,
  type TrainRewardOptions,
  trainReward,
} from "../../../src/preference/reward/train-reward.ts";
import { bytesSource } from "../../../src/source/byte-source.ts";
import type { FileStream } from "../../../src/source/file-stream.ts";
import { GEMMA_CHAT } from "../../../src/tokenizer/chat-format.ts";
import { adamW } from "../../../src/training/optimizer/adamw.ts";
import { constant } from "../../../src/training/optimizer/schedule.ts";
import { TrainableModel } from "../../../src/training/trainable.ts";
import type { Parameter } from "../../../src/training/trains.ts";
import { storyteller, tales } from "../../support/tales.ts";
import { thrownBy } from "../../support/thrown-by.ts";

const { checkpoint, tokenizer } = await storyteller();
/** A model with the tokenizer's vocabulary that learns in milliseconds. */
const SMALL: GemmaConfig = {
  ...checkpoint.config,
  ...{ hiddenSize: 8, intermediateSize: 16, numHiddenLayers: 1 },
  ...{ numAttentionHeads: 2, numKeyValueHeads: 1, headDim: 4 },
};
const small = async () => RewardModel.on(await TrainableModel.random(SMALL, { seed: 1 }));
const TRAIN = tales<PreferenceRow>("pairs-train");
const ROWS = TRAIN.slice(0, 12);
const VALID = tales<PreferenceRow>("pairs-valid").slice(0, 3);

async function run(
  model: RewardModel,
  options: Partial<TrainRewardOptions> = {},
  rows: readonly PreferenceRow[] = ROWS,
): Promise<RewardReport[]> {
  const reports: RewardReport[] = [];
  const given = { tokenizer, batchSize: 4, learningRate: 1e-2, ...options };
  for await (const report of trainReward(model, rows, given)) reports.push(report);
  return reports;
}

async function bytesOf(file: FileStream): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of file.chunks()) chunks.push(chunk.slice());
  return new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
}

const weightsOf = (model: RewardModel) => [...model.parameters.values()].map(({ data }) => data);

describe("trainReward", () => {
  it("learns each pair once, by a cosine after a warm-up, and reports what it orders right", async () => {
    const model = await small();
    const reports = await run(model, { valid: VALID, warmup: 1, epochs: 2 });
    expect(reports.map(({ step, steps, targets }) => [step, steps, targets])).toEqual(
      [1, 2, 3, 4, 5, 6].map((step) => [step, 6, 4]),
    );
    expect(reports[0].lr).toBe(1e-2);
    expect(reports[0].loss).toBeCloseTo(Math.log(2), 6);
    const figures = { accuracy: 0.5, margin: 0, reward: 0 };
    expect(reports[0].figures).toEqual(figures);
    expect(reports.map(({ validLoss }) => validLoss === undefined)).toEqual([
      ...[true, true, true, true, true, false],
    ]);
    const { validLoss = Number.NaN, validAccuracy = Number.NaN } = reports[5];
    expect(Math.abs(validLoss - Math.log(2))).toBeLessThan(0.2);
    expect([0, 1, 2, 3].map((right) => right / 3)).toContain(validAccuracy);
    const learnt = await run(model, { epochs: 20, warmup: 1 });
    expect(learnt[59].loss).toBeLessThan(learnt[0].loss - 0.1);
  });

  it("reads rows by the options of conversations", async () => {
    const said = [
      { role: "system", content: "Be kind." },
      { role: "user", content: "Hi" },
    ] as const;
    const answers = (content: string) => [{ role: "model", content }] as const;
    const row = { prompt: said.slice(1), chosen: answers("Yes."), rejected: answers("No.") };
    /** The weights after a step on one row: the same for the same ids. */
    const taught = async (options: object, given: unknown = row) => {
      const model = await RewardModel.on(await TrainableModel.random(SMALL, { seed: 1 }), {
        headSeed: 1,
      });
      await run(model, { steps: 1, batchSize: 1, ...options }, [given as PreferenceRow]);
      return weightsOf(model);
    };
    const usual = await taught({});
    const kind = { ...row, prompt: [{ role: "user", content: "Be kind.\n\nHi" }] };
    const system = { ...row, prompt: said };
    expect(await taught({ system: "prepend" }, system)).toEqual(await taught({}, kind));
    expect(await taught({ format: { ...GEMMA_CHAT, bos: false } })).not.toEqual(usual);
    const marked = { ...row, prompt: [{ role: "user", content: "<end_of_turn>" }] };
    expect(await taught({ allowTurnMarkers: true }, marked)).not.toEqual(await taught({}, marked));
    const texts = { prompt: "a", chosen: "b", rejected: "c" };
    expect(await taught({ bosTokenId: 5 }, texts)).not.toEqual(await taught({}, texts));
    expect(await taught({ eosTokenId: 6 }, texts)).not.toEqual(await taught({}, texts));
    await expect(taught({ vocabSize: 50 })).rejects.toThrow("49");
    expect(await taught({}, { ...row, other: { margin: 3 } })).toEqual(
      await taught({}, { ...row, margin: 3 }),
    );
    expect(await taught({}, { ...row, margin: 3 })).not.toEqual(usual);
  });

  it("gives the same bits for the same seed, and others for another", async () => {
    const bits = async (seed: number) => {
      const model = await small();
      await run(model, { seed, steps: 2 });
      return weightsOf(model);
    };
    const once = await bits(3);
    expect(await bits(3)).toEqual(once);
    expect(await bits(4)).not.toEqual(once);
  });

  it("keeps the run when it is aborted within a step, and goes on to the same bits", async () => {
    const whole = await small();
    const all = await run(whole, { steps: 4 });
    const stopped = await small();
    const controller = new AbortController();
    let bytes: Uint8Array = new Uint8Array(0);
    const save = async (file: FileStream) => {
      bytes = await bytesOf(file);
    };
    const accumulate = stopped.accumulate.bind(stopped);
    let pairs = 0;
    stopped.accumulate = async (some, options) => {
      pairs += some.length;
      if (pairs === 6) controller.abort(new Error("enough")); // the second of step 2
      return await accumulate(some, options);
    };
    const failing = run(stopped, { steps: 4, save, signal: controller.signal });
    await expect(failing).rejects.toThrow("enough");
    const resume = () => bytesSource(bytes, "run");
    const resumed = await small();
    const reports = await run(resumed, { steps: 4, resume: resume() });
    expect(reports.map(({ step }) => step)).toEqual([2, 3, 4]);
    expect(reports.map(({ loss, figures }) => [loss, figures])).toEqual(
      all.slice(1).map(({ loss, figures }) => [loss, figures]),
    );
    expect(weightsOf(resumed)).toEqual(weightsOf(whole));
    const other = run(await small(), { steps: 4, centring: 0.01, resume: resume() });
    await expect(other).rejects.toThrow('"centring" expected 0, as in the saved run, got 0.01');
  });

  it("has the optimiser, the schedule and the steps that it is given", async () => {
    const rates: number[] = [];
    const optimizer = { ...adamW(), step: (_: unknown, lr: number) => void rates.push(lr) };
    const options = { optimizer, schedule: constant(0.25), batchSize: 6, epochs: 2 };
    expect((await run(await small(), options)).length).toBe(4);
    expect(rates).toEqual([0.25, 0.25, 0.25, 0.25]);
  });

  it("clips and centres where it is told to, and computes several at a time to the same bits", async () => {
    const bits = async (options: object) => {
      const model = await RewardModel.on(await TrainableModel.random(SMALL, { seed: 1 }), {
        headSeed: 1,
      });
      // Without momentum a step is as long as its gradients.
      const optimizer = {
        ...adamW(),
        step(parameters: Iterable<Parameter>, lr: number) {
          for (const { data, gradient } of parameters) {
            for (let i = 0; i < data.length; i++) data[i] -= lr * (gradient?.[i] ?? 0);
          }
        },
      };
      const [{ loss }] = await run(model, { steps: 1, optimizer, ...options });
      return { loss, weights: weightsOf(model) };
    };
    const usual = await bits({});
    expect(await bits({ microBatch: 3 })).toEqual(usual);
    expect((await bits({ maxNorm: 1e-3 })).weights).not.toEqual(usual.weights);
    expect((await bits({ centring: 1 })).loss).toBeGreaterThan(usual.loss);
  });

  it("saves as often as it is told to, and measures between", async () => {
    const saved: number[] = [];
    const save = (_: FileStream, step: number) => void saved.push(step);
    const some = { steps: 5, save, saveEvery: 2, valid: VALID, validEvery: 2, batchSize: 1 };
    const reports = await run(await small(), some);
    expect(saved).toEqual([2, 4, 5]);
    const measured = reports.filter(({ validAccuracy }) => validAccuracy !== undefined);
    expect(measured.map(({ step }) => step)).toEqual([2, 4, 5]);
  });

  it("leaves out pairs that are too long, and says which row is none before anything is learnt", async () => {
    const long = {
      ...ROWS[0],
      chosen: [{ role: "assistant", content: "so ".repeat(99) }],
    } as never;
    const [report] = await run(await small(), { maxTokens: 99, steps: 1 }, [...ROWS, long]);
    expect(report.leftOut).toBe(1);
    const model = await small();
    const error = thrownBy(() =>
      trainReward(model, [...ROWS.slice(0, 2), { chosen: "a" } as never], { tokenizer }),
    );
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error.message).toMatch(
      /^trainReward: "rows\[2\]: row" expected \{ prompt, chosen, rejected \}/,
    );
    const of = (options: object, given: unknown = model) =>
      thrownBy(() => trainReward(given as never, ROWS, { tokenizer, ...options })).message;
    expect(of({ valid: [{ chosen: "a" }] })).toContain("valid[0]");
    expect(of({ tokenizer: undefined })).toContain("gemma.tokenizer");
    expect(of({}, {})).toContain("RewardModel.from");
    expect(of({ lr: 1 })).toContain("lr");
    expect(of({ centring: Number.NaN })).toContain("centring");
    expect(of({ validEvery: 0 })).toContain("validEvery");
  });
});
