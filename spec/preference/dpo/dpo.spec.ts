/** The loop of DPO: what it learns, reports, keeps and refuses. */
import { describe, expect, it } from "vitest";
import type { GemmaConfig } from "../../../src/config.ts";
import { ArgumentError } from "../../../src/errors.ts";
import { type DpoOptions, type DpoReport, dpo } from "../../../src/preference/dpo/dpo.ts";
import { DpoLearner } from "../../../src/preference/dpo/dpo-learner.ts";
import {
  type PreferenceRow,
  preferencePair,
} from "../../../src/preference/pairs/preference-pair.ts";
import { bytesSource } from "../../../src/source/byte-source.ts";
import type { FileStream } from "../../../src/source/file-stream.ts";
import { GEMMA_CHAT } from "../../../src/tokenizer/chat-format.ts";
import { adamW } from "../../../src/training/optimizer/adamw.ts";
import { constant } from "../../../src/training/optimizer/schedule.ts";
import { TrainableModel } from "../../../src/training/trainable.ts";
import type { Parameter } from "../../../src/training/trains.ts";
import { loraModel } from "../../../src/tuning/lora/lora.ts";
import { IS_LONG } from "../../support/fuzz.ts";
import { storyteller } from "../../support/tales.ts";
import { thrownBy } from "../../support/thrown-by.ts";

const { checkpoint, tokenizer } = await storyteller();
/** A model with the tokenizer's vocabulary that learns in milliseconds. */
const SMALL: GemmaConfig = {
  ...checkpoint.config,
  ...{ hiddenSize: 8, intermediateSize: 16, numHiddenLayers: 1 },
  ...{ numAttentionHeads: 2, numKeyValueHeads: 1, headDim: 4 },
};
const small = (seed = 1) => TrainableModel.random(SMALL, { seed, std: 0.3 });
/** Short ones, as the work is in the tokens. */
const pairOf = (name: string): PreferenceRow => ({
  prompt: [{ role: "user", content: name }],
  chosen: [{ role: "assistant", content: `${name} was happy.` }],
  rejected: [{ role: "assistant", content: "The dog was sad." }],
});
const ROWS = ["Sam", "Mira", "Ben", "The old fox", "Nora", "Finn"].map(pairOf);
const VALID = ["Max", "Ruby", "A cat"].map(pairOf);

async function run(
  model: TrainableModel,
  options: Partial<DpoOptions> = {},
  rows: readonly PreferenceRow[] = ROWS,
): Promise<DpoReport[]> {
  const reports: DpoReport[] = [];
  const given = { tokenizer, batchSize: 2, learningRate: 1e-2, ...options };
  for await (const report of dpo(model, rows, given)) reports.push(report);
  return reports;
}

async function bytesOf(file: FileStream): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of file.chunks()) chunks.push(chunk.slice());
  return new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
}

const weightsOf = (model: TrainableModel) => [...model.parameters.values()].map(({ data }) => data);

/** S of both answers of a row. */
async function sums(model: TrainableModel, row: PreferenceRow) {
  const { chosen, rejected } = preferencePair(row, tokenizer);
  const all = await model.logprobs([chosen, rejected]);
  return all.map((row) => row.reduce((sum, logprob) => sum + logprob, 0));
}

describe("dpo", () => {
  it("learns each pair once, by a cosine after a warm-up, and reports both answers", async () => {
    const model = await small();
    const before = await sums(model, VALID[0]);
    const reports = await run(model, { valid: VALID.slice(0, 1), warmup: 1, beta: 0.5 });
    expect(reports.map(({ step, steps, targets }) => [step, steps, targets])).toEqual([
      [1, 3, 2],
      [2, 3, 2],
      [3, 3, 2],
    ]);
    expect(reports[0].lr).toBe(1e-2);
    expect(reports[2].lr).toBeCloseTo(1e-2 * (0.1 + 0.9 / 2), 12);
    // At the beginning the policy is the reference, to the bit.
    expect(reports[0].loss).toBeCloseTo(Math.LN2, 15);
    const { accuracy, margin, chosenChange, rejectedChange, drift } = reports[0].figures;
    expect([accuracy, margin, chosenChange, rejectedChange, drift]).toEqual([0.5, 0, 0, 0, 0]);
    expect(reports.map(({ validFigures }) => validFigures === undefined)).toEqual([
      ...[true, true, false],
    ]);
    const { validFigures: found, validLoss } = reports[2];
    const [chosen, rejected] = await sums(model, VALID[0]);
    const [dChosen, dRejected] = [chosen - before[0], rejected - before[1]];
    expect(found?.chosenLogprob).toBeCloseTo(chosen, 9);
    expect(found?.rejectedLogprob).toBeCloseTo(rejected, 9);
    expect(found?.chosenChange).toBeCloseTo(dChosen, 9);
    expect(found?.rejectedChange).toBeCloseTo(dRejected, 9);
    expect(found?.chosenReward).toBeCloseTo(0.5 * dChosen, 9);
    expect(found?.rejectedReward).toBeCloseTo(0.5 * dRejected, 9);
    expect(found?.margin).toBeCloseTo(0.5 * (dChosen - dRejected), 9);
    expect(found?.accuracy).toBe(Number(dChosen > dRejected));
    expect(found?.drift).toBeCloseTo(-(dChosen + dRejected) / 2, 9);
    expect(validLoss).toBeCloseTo(Math.log1p(Math.exp(-0.5 * (dChosen - dRejected))), 9);
    const pair = preferencePair(VALID[0], tokenizer);
    const tokens = ({ ids, promptLength }: typeof pair.chosen) => ids.length - promptLength;
    expect(found?.chosenTokens).toBe(tokens(pair.chosen));
    expect(found?.rejectedTokens).toBe(tokens(pair.rejected));
  });

  it.runIf(IS_LONG)(
    "comes to prefer what it is shown, as much as β and smoothing leave it",
    async () => {
      const margin = async (options: Partial<DpoOptions>) => {
        const reports = await run(await small(), { epochs: 6, ...options });
        return reports.slice(-3).reduce((sum, { figures }) => sum + figures.margin / 3, 0);
      };
      const usual = await margin({ beta: 1 });
      expect(usual).toBeGreaterThan(2);
      // With ε the loss is least at ln((1 − ε)/ε) = 1.39.
      const smoothed = await margin({ beta: 1, labelSmoothing: 0.2 });
      expect(smoothed).toBeGreaterThan(0.3);
      expect(smoothed).toBeLessThan(usual - 1);
      expect(await margin({ beta: 0.01 })).toBeLessThan(usual / 10);
    },
  );

  it("gives the same bits for the same seed, and others for another", async () => {
    const bits = async (seed: number) => {
      const model = await small();
      await run(model, { seed, steps: 1 });
      return weightsOf(model);
    };
    const once = await bits(3);
    expect(await bits(3)).toEqual(once);
    expect(await bits(4)).not.toEqual(once);
  });

  it("keeps the run when it is aborted, and goes on to the same bits, with the same reference", async () => {
    const options = { epochs: 2, valid: VALID };
    const whole = await small();
    const expected = await run(whole, options);
    const stopped = await small();
    const controller = new AbortController();
    const { signal } = controller;
    let bytes: Uint8Array = new Uint8Array(0);
    const save = async (file: FileStream) => {
      bytes = await bytesOf(file);
    };
    // In the middle of the third step: one of its pairs has been added up.
    let passes = 0;
    const accumulateOf = stopped.accumulateOf.bind(stopped);
    stopped.accumulateOf = async (...given) => {
      const found = await accumulateOf(...given);
      passes += 1;
      if (passes === 5) controller.abort(new Error("enough"));
      return found;
    };
    await expect(run(stopped, { ...options, save, signal })).rejects.toThrow("enough");
    const resume = bytesSource(bytes, "run");
    // A model that has moved is no reference; that of the run is in the file.
    const others = IS_LONG ? [await small(), await small(7)] : [];
    for (const resumed of [stopped, ...others]) {
      resumed.accumulateOf = TrainableModel.prototype.accumulateOf.bind(resumed);
      const reports = await run(resumed, { ...options, resume });
      expect(reports.map(({ step }) => step)).toEqual([3, 4, 5, 6]);
      expect(reports.map(({ loss }) => loss)).toEqual(expected.slice(2).map(({ loss }) => loss));
      expect(reports.map(({ figures }) => figures)).toEqual(
        expected.slice(2).map(({ figures }) => figures),
      );
      expect(reports[3].validFigures).toEqual(expected[5].validFigures);
      expect(weightsOf(resumed)).toEqual(weightsOf(whole));
    }
    const other = run(await small(), { ...options, valid: VALID.slice(1), resume });
    await expect(other).rejects.toThrow(/"valid" expected 3 pairs, as in the saved run, got 2/);
    const fewer = run(await small(), { ...options, resume }, ROWS.slice(1));
    await expect(fewer).rejects.toThrow(/"rows" expected 6 pairs, as in the saved run, got 5/);
  });

  it("takes another reference, asked once for each pair", async () => {
    const other = await small(2);
    let asked = 0;
    const reference: DpoOptions["reference"] = {
      logprobs: async (sequences, options) => {
        asked += sequences.length;
        return other.logprobs(sequences, options);
      },
    };
    const model = await small();
    const [{ figures }] = await run(model, { reference, steps: 4, batchSize: 6, valid: VALID });
    expect(asked).toBe(2 * (ROWS.length + VALID.length));
    const fresh = await small();
    let difference = 0;
    for (const row of ROWS) {
      difference += ((await sums(fresh, row))[0] - (await sums(other, row))[0]) / ROWS.length;
    }
    expect(figures.chosenChange).toBeCloseTo(difference, 6);
  });

  it("has the optimiser, the schedule and the steps that it is given", async () => {
    const rates: number[] = [];
    const optimizer = { ...adamW(), step: (_: unknown, lr: number) => void rates.push(lr) };
    const options = { optimizer, schedule: constant(0.25), batchSize: 4, epochs: 2 };
    expect(await run(await small(), options)).toHaveLength(4);
    expect(rates).toEqual([0.25, 0.25, 0.25, 0.25]);
  });

  it("clips where it is told to, and computes several at a time to the same bits", async () => {
    const bits = async (options: object) => {
      const model = await small();
      // Without momentum a step is as long as its gradients.
      const optimizer = {
        ...adamW(),
        step(parameters: Iterable<Parameter>, lr: number) {
          for (const { data, gradient } of parameters) {
            for (let i = 0; i < data.length; i++) data[i] -= lr * (gradient?.[i] ?? 0);
          }
        },
      };
      const [{ loss, figures }] = await run(model, { steps: 1, optimizer, ...options });
      return { loss, figures, weights: weightsOf(model) };
    };
    const usual = await bits({});
    expect(await bits({ microBatch: 2 })).toEqual(usual);
    expect((await bits({ maxNorm: 1e-3 })).weights).not.toEqual(usual.weights);
  });

  it("saves as often as it is told to, and measures between", async () => {
    const saved: number[] = [];
    const save = (_: FileStream, step: number) => void saved.push(step);
    const some = { steps: 5, save, saveEvery: 2, valid: VALID, validEvery: 2, batchSize: 1 };
    const reports = await run(await small(), some);
    expect(saved).toEqual([2, 4, 5]);
    const measured = reports.filter(({ validFigures }) => validFigures !== undefined);
    expect(measured.map(({ step }) => step)).toEqual([2, 4, 5]);
  });

  it("leaves out pairs that are too long, and says how many", async () => {
    const lengths = ROWS.map((row) => {
      const { chosen, rejected } = preferencePair(row, tokenizer);
      return Math.max(chosen.ids.length, rejected.ids.length);
    });
    const maxTokens = lengths.toSorted((a, b) => a - b)[2];
    const fitting = lengths.filter((length) => length <= maxTokens).length;
    const [report] = await run(await small(), { maxTokens, steps: 1, batchSize: 6 });
    expect(report.leftOut).toBe(ROWS.length - fitting);
    expect(report.targets).toBe(fitting);
  });

  it("reads rows by the options of conversations", async () => {
    const user = (content: string) => ({ role: "user", content }) as const;
    const model = (content: string) => [{ role: "model", content } as const];
    const row = {
      prompt: [{ role: "system", content: "Be kind." } as const, user("Say <end_of_turn>")],
      ...{ chosen: model("Yes."), rejected: model("No.") },
    };
    const seen = async (options: Partial<DpoOptions>) => {
      const learner = await small();
      let first: ArrayLike<number> | undefined;
      const logprobs: TrainableModel["logprobs"] = async (sequences, more) => {
        first ??= sequences[0].ids;
        return TrainableModel.prototype.logprobs.call(learner, sequences, more);
      };
      learner.logprobs = logprobs;
      await run(learner, { steps: 1, system: "prepend", ...options }, [row]);
      return first;
    };
    const { bosTokenId, vocabSize } = SMALL;
    const format = { ...GEMMA_CHAT, bos: false };
    for (const options of [{}, { allowTurnMarkers: true }, { format }, { bosTokenId: 5 }]) {
      const chat = { bosTokenId, vocabSize, system: "prepend", ...options } as const;
      expect(await seen(options)).toEqual(preferencePair(row, tokenizer, chat).chosen.ids);
    }
    await expect(seen({ vocabSize: 7 })).rejects.toThrow(/from 0 to 6/);
    await expect(seen({ system: "refuse" })).rejects.toThrow(/system/);
  });

  it("teaches factors beside frozen weights", async () => {
    const base = await small();
    const tensors = base.tensors();
    const { model, adapter } = await loraModel({ config: SMALL, tensors }, { r: 2 });
    const reports = await run(model, { epochs: 3 });
    expect(reports[0].loss).toBeCloseTo(Math.LN2, 12);
    expect(reports[8].figures.chosenChange).not.toBe(0);
    const moved = [...adapter.pairs.values()].some(({ b }) => b.data.some((x) => x !== 0));
    expect(moved).toBe(true);
  });

  it("stops measuring when it is told to, and looking at the reference, too", async () => {
    const model = await small();
    const signal = AbortSignal.abort(new Error("enough"));
    const { chosen, rejected } = preferencePair(ROWS[0], tokenizer);
    const pair = { chosen, rejected, reference: { chosen: 0, rejected: 0 } };
    await expect(new DpoLearner(model).measure([pair], { signal })).rejects.toThrow("enough");
    const saved: number[] = [];
    const save = (_: FileStream, step: number) => void saved.push(step);
    await expect(run(model, { signal, save })).rejects.toThrow("enough");
    expect(saved).toEqual([]);
  });

  it("refuses what it cannot learn from, before anything is learnt", async () => {
    const model = await small();
    const refused = (options: object, rows: unknown = ROWS, who: unknown = model) => {
      const given = { tokenizer, ...options } as DpoOptions;
      const error = thrownBy(() => dpo(who as never, rows as never, given));
      expect(error).toBeInstanceOf(ArgumentError);
      return error.message;
    };
    expect(refused({}, [ROWS[0], { messages: [] }])).toMatch(
      /^dpo: "rows\[1\]: row" expected \{ p/,
    );
    expect(refused({ valid: [{ ...ROWS[0], rejected: [] }] })).toContain('"valid[0]: rejected"');
    expect(refused({}, "rows")).toContain("a list of preferences");
    expect(refused({ tokenizer: undefined })).toContain("gemma.tokenizer");
    expect(refused({}, ROWS, {})).toContain("loraModel");
    expect(refused({ beta: 0 })).toContain('"beta" expected a number above 0');
    expect(refused({ labelSmoothing: 0.6 })).toContain('"labelSmoothing" expected');
    expect(refused({ reference: {} })).toContain('"reference" expected a model with logprobs');
    expect(refused({ validEvery: 0 })).toContain('"validEvery"');
    expect(refused({ zLoss: 0.1 })).toContain('"zLoss" expected an option');
    const learner = new DpoLearner(model);
    expect(() => learner.normalizerOf([])).toThrow(/a list of pairs, one at least/);
    await expect(learner.accumulate([], { normalizer: 1, zLoss: 1 })).rejects.toThrow(/zLoss/);
  });
});
