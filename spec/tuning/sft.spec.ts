import { describe, expect, it } from "vitest";
import type { GemmaConfig } from "../../src/config.ts";
import { ArgumentError } from "../../src/errors.ts";
import { bytesSource } from "../../src/source/byte-source.ts";
import type { FileStream } from "../../src/source/file-stream.ts";
import { GEMMA_CHAT } from "../../src/tokenizer/chat-format.ts";
import { adamW } from "../../src/training/optimizer/adamw.ts";
import { constant } from "../../src/training/optimizer/schedule.ts";
import { TrainableModel } from "../../src/training/trainable.ts";
import type { Parameter } from "../../src/training/trains.ts";
import { conversation, type TuningRow } from "../../src/tuning/conversation.ts";
import { loraModel } from "../../src/tuning/lora/lora.ts";
import { type SftOptions, type SftReport, sft } from "../../src/tuning/sft.ts";
import { storyteller, tales } from "../support/tales.ts";
import { thrownBy } from "../support/thrown-by.ts";

const { checkpoint, tokenizer } = await storyteller();
/** A model with the tokenizer's vocabulary that learns in milliseconds. */
const SMALL: GemmaConfig = {
  ...checkpoint.config,
  ...{ hiddenSize: 8, intermediateSize: 16, numHiddenLayers: 1 },
  ...{ numAttentionHeads: 2, numKeyValueHeads: 1, headDim: 4 },
};
const small = () => TrainableModel.random(SMALL, { seed: 1 });
const ROWS = tales("sft-train").slice(0, 12);
const VALID = tales("sft-valid").slice(0, 3);

async function run(
  model: TrainableModel,
  options: Partial<SftOptions> = {},
  rows: readonly TuningRow[] = ROWS,
): Promise<SftReport[]> {
  const reports: SftReport[] = [];
  const given = { tokenizer, batchSize: 4, learningRate: 1e-2, ...options };
  for await (const report of sft(model, rows, given)) reports.push(report);
  return reports;
}

async function bytesOf(file: FileStream): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of file.chunks()) chunks.push(chunk.slice());
  return new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
}

const weightsOf = (model: TrainableModel) => [...model.parameters.values()].map(({ data }) => data);

describe("sft", () => {
  it("learns each conversation once, by a cosine after a warm-up, and reports what it has lost", async () => {
    const model = await small();
    const reports = await run(model, { valid: VALID, warmup: 1 });
    expect(reports.map(({ step, steps }) => [step, steps])).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
    const targets = ROWS.map((row) => conversation(row, tokenizer).mask)
      .flatMap((mask) => [...mask])
      .reduce((sum, m) => sum + m, 0);
    expect(reports.reduce((sum, report) => sum + report.targets, 0)).toBe(targets);
    expect(reports[0].lr).toBe(1e-2);
    expect(reports[2].lr).toBeCloseTo(1e-2 * (0.1 + 0.9 / 2), 12);
    // A model that knows nothing loses log V, and a little less after each step.
    expect(Math.abs(reports[0].loss - Math.log(SMALL.vocabSize))).toBeLessThan(0.01);
    expect(reports[2].loss).toBeLessThan(reports[0].loss);
    expect(reports.map(({ validLoss }) => validLoss === undefined)).toEqual([true, true, false]);
    const valid = VALID.map((row) => conversation(row, tokenizer));
    const all = await model.logprobs(valid);
    let [sum, count] = [0, 0];
    for (const [i, { mask }] of valid.entries()) {
      mask.forEach((m, t) => {
        sum -= m * all[i][t];
        count += m;
      });
    }
    expect(reports[2].validLoss).toBeCloseTo(sum / count, 6);
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

  it("keeps the run when it is aborted, and goes on to the same bits", async () => {
    const whole = await small();
    await run(whole, { steps: 4 });
    const stopped = await small();
    const controller = new AbortController();
    let kept: FileStream | undefined;
    let bytes: Uint8Array = new Uint8Array(0);
    const save = async (file: FileStream) => {
      kept = file;
      bytes = await bytesOf(file);
    };
    const failing = (async () => {
      const options = { tokenizer, batchSize: 4, learningRate: 1e-2, steps: 4, save };
      for await (const { step } of sft(stopped, ROWS, { ...options, signal: controller.signal })) {
        if (step === 2) controller.abort(new Error("enough"));
      }
    })();
    await expect(failing).rejects.toThrow("enough");
    expect(kept).toBeDefined();
    const resumed = await small();
    const reports = await run(resumed, { steps: 4, resume: bytesSource(bytes, "run") });
    expect(reports.map(({ step }) => step)).toEqual([3, 4]);
    expect(weightsOf(resumed)).toEqual(weightsOf(whole));
  });

  it("reads rows by the options of conversations", async () => {
    const model = await small();
    const hello = (content: string) => ({ role: "user", content }) as const;
    const answer = { role: "model", content: "Hello." } as const;
    const turns = [hello("Hi."), answer, hello("<end_of_turn>"), answer];
    const said = [{ role: "system", content: "Be brief." } as const, ...turns];
    const targets = async (options: object, row: TuningRow = turns) =>
      (await run(model, { steps: 1, batchSize: 1, ...options }, [row]))[0].targets;
    const count = (options: object, row: TuningRow = turns) =>
      conversation(row, tokenizer, options).mask.reduce((sum, m) => sum + m, 0);
    for (const trainOn of ["answers", "last", "all"] as const) {
      expect(await targets({ trainOn })).toBe(count({ trainOn }));
    }
    const trainOn = "all";
    const allowed = { trainOn, allowTurnMarkers: true };
    expect(await targets(allowed)).toBe(count(allowed));
    expect(count(allowed)).not.toBe(count({ trainOn }));
    const prepended = { trainOn, system: "prepend" } as const;
    expect(await targets(prepended, said)).toBe(count(prepended, said));
    const format = { ...GEMMA_CHAT, bos: false };
    expect(await targets({ trainOn, format })).toBe(count({ trainOn, format }));
    expect(count({ trainOn, format })).not.toBe(count({ trainOn }));
    const ids = { bosTokenId: 5, eosTokenId: 6, vocabSize: 7 };
    await expect(run(model, { ...ids, steps: 1 }, [turns])).rejects.toThrow("6");
  });

  it("has the optimiser, the schedule and the steps that it is given", async () => {
    const rates: number[] = [];
    const optimizer = { ...adamW(), step: (_: unknown, lr: number) => void rates.push(lr) };
    const options = { optimizer, schedule: constant(0.25), batchSize: 6, epochs: 2 };
    expect((await run(await small(), options)).length).toBe(4);
    expect(rates).toEqual([0.25, 0.25, 0.25, 0.25]);
    const [plain] = await run(await small(), { steps: 1 });
    const [squared] = await run(await small(), { steps: 1, zLoss: 0.1 });
    // The z-loss of a model that knows nothing is c · log² V.
    const extra = 0.1 * Math.log(SMALL.vocabSize) ** 2;
    expect(Math.abs(squared.loss - plain.loss - extra)).toBeLessThan(0.1);
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
      await run(model, { steps: 1, optimizer, ...options });
      return weightsOf(model);
    };
    const usual = await bits({});
    expect(await bits({ microBatch: 3 })).toEqual(usual);
    expect(await bits({ maxNorm: 1e-3 })).not.toEqual(usual);
  });

  it("saves as often as it is told to, and measures between", async () => {
    const saved: number[] = [];
    const save = (_: FileStream, step: number) => void saved.push(step);
    const some = { steps: 5, save, saveEvery: 2, valid: VALID, validEvery: 2, batchSize: 1 };
    const reports = await run(await small(), some);
    expect(saved).toEqual([2, 4, 5]);
    const measured = reports.filter(({ validLoss }) => validLoss !== undefined);
    expect(measured.map(({ step }) => step)).toEqual([2, 4, 5]);
  });

  it("learns each conversation as often as there are epochs, and those that fit alone", async () => {
    const rows = tales<TuningRow>("sft-train").slice(0, 17);
    const counted = async (more: Partial<SftOptions>) => {
      const model = await small();
      const accumulate = model.accumulate.bind(model);
      let passes = 0;
      model.accumulate = async (some, by) => {
        passes += some.length;
        return await accumulate(some, by);
      };
      const reports = await run(model, { batchSize: 16, ...more }, rows);
      return [reports.length, passes - 1]; // one of the last step's is computed again
    };
    expect(await counted({ epochs: 3 })).toEqual([6, 51]);
    expect(await counted({ steps: 3 })).toEqual([3, 16 + 1 + 16]);
  });

  it("leaves out conversations that are too long, and says how many", async () => {
    const lengths = ROWS.map((row) => conversation(row, tokenizer).ids.length);
    const maxTokens = lengths.toSorted((a, b) => a - b)[5];
    const fitting = lengths.filter((length) => length <= maxTokens).length;
    const [report] = await run(await small(), { maxTokens, steps: 1 });
    expect(report.leftOut).toBe(ROWS.length - fitting);
    expect(
      thrownBy(() =>
        sft({ accumulate() {}, config: SMALL } as never, ROWS, { tokenizer, maxTokens: 3 }),
      ).message,
    ).toContain("12 that are all longer");
  });

  it("tunes factors alone: the weights stay, and nothing of them decays", async () => {
    const base = await small();
    const { model, adapter } = await loraModel(
      { config: SMALL, tensors: base.tensors() },
      { r: 2 },
    );
    const before = structuredClone([...adapter.pairs.values()].map(({ a }) => a.data));
    const [first] = await run(model, { steps: 1, batchSize: 2 });
    expect(first.gradientNorm).toBeGreaterThan(0);
    const pairs = [...adapter.pairs.values()];
    // The first step moves B alone: with a decay A would have shrunk.
    expect(pairs.map(({ a }) => a.data)).toEqual(before);
    expect(pairs.some(({ b }) => b.data.some((x) => x !== 0))).toBe(true);
  });

  it("says which row cannot be learnt from, before anything is learnt", async () => {
    const model = await small();
    const rows = [
      ...ROWS.slice(0, 2),
      { messages: [{ role: "user", content: "Hi." }] },
    ] as TuningRow[];
    const error = thrownBy(() => sft(model, rows, { tokenizer }));
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error.message).toMatch(
      /^sft: "rows\[2\]: messages" expected a last message of the model/,
    );
    const read = { ...rows[2], kind: "messages", where: "chats.jsonl, line 3", other: {} };
    expect(thrownBy(() => sft(model, [ROWS[0], read], { tokenizer })).message).toMatch(
      /^sft: chats\.jsonl, line 3: "messages" expected a last message of the model/,
    );
    const valid = thrownBy(() => sft(model, ROWS, { tokenizer, valid: [{ text: 1 } as never] }));
    expect(valid.message).toContain("valid[0]");
    expect(thrownBy(() => sft(model, "rows" as never, { tokenizer })).message).toContain("a list");
    expect(thrownBy(() => sft(model, ROWS, {} as never)).message).toContain("gemma.tokenizer");
    expect(thrownBy(() => sft({} as never, ROWS, { tokenizer })).message).toContain("loraModel");
    expect(thrownBy(() => sft(model, ROWS, { tokenizer, lr: 1 } as never)).message).toContain("lr");
  });
});
