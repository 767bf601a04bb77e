/** The loop: what it reports, what it learns, and that a run is the same when it is stopped. */
import { describe, expect, it } from "vitest";
import { ArgumentError } from "../../../src/errors.ts";
import type { RlhfOptions } from "../../../src/preference/rlhf/options.ts";
import { type RlhfReport, rlhf } from "../../../src/preference/rlhf/rlhf.ts";
import type { RewardOf, ScoredAnswer } from "../../../src/preference/rollout/answer.ts";
import type { PromptRow } from "../../../src/preference/rollout/prompts.ts";
import type { ByteSource } from "../../../src/source/byte-source.ts";
import { adamW } from "../../../src/training/optimizer/adamw.ts";
import { constant } from "../../../src/training/optimizer/schedule.ts";
import type { TrainableModel } from "../../../src/training/trainable.ts";
import { SMALL, small, tokenizer } from "../../support/small-model.ts";
import { tales } from "../../support/tales.ts";
import { thrownBy } from "../../support/thrown-by.ts";
import { inMemory } from "../../support/training.ts";

const PROMPTS = tales<PromptRow>("prompts-train").slice(0, 6);
const V = SMALL.vocabSize;

const [table] = (await small()).parameters.values();
/** The share of tokens on one side of the space of embeddings: something that a model learns quickly. */
const low: RewardOf = (answers) => answers.map(({ ids, promptLength }) => share(ids, promptLength));
function share(ids: ArrayLike<number>, from: number): number {
  const own = Array.from(ids).slice(from);
  return own.filter((id) => table.data[id * SMALL.hiddenSize] > 0).length / own.length;
}

const frozen = () => small({ trains: () => false });

async function run(
  model: TrainableModel,
  options: Partial<RlhfOptions> = {},
): Promise<RlhfReport[]> {
  const reports: RlhfReport[] = [];
  const given = {
    ...{ tokenizer, reward: low, reference: await frozen(), beta: 0.05 },
    ...{ groupSize: 3, promptsPerStep: 2, maxTokens: 5, learningRate: 1e-2, steps: 3 },
    ...options,
  };
  const learnt = options.schedule ? { ...given, learningRate: undefined } : given;
  for await (const report of rlhf(model, PROMPTS, learnt)) reports.push(report);
  return reports;
}

const weightsOf = (model: TrainableModel) => [...model.parameters.values()].map(({ data }) => data);

describe("rlhf", () => {
  it("reports what it has drawn, and samples what it learns from", async () => {
    const seen: ScoredAnswer[][] = [];
    const reward: RewardOf = (answers, options) => {
      seen.push([...answers]);
      return low(answers, options);
    };
    const [model, reference] = [await small({ precision: "float64" }), await frozen()];
    const reports = await run(model, { reward, reference, judge: (all) => all.map(() => 7) });
    expect(reports.map(({ step, steps, targets }) => [step, steps, targets])).toEqual([
      [1, 3, 6],
      [2, 3, 6],
      [3, 3, 6],
    ]);
    for (const [i, answers] of seen.entries()) {
      const report = reports[i];
      const mean = (of: (answer: ScoredAnswer) => number) =>
        answers.reduce((sum, answer) => sum + of(answer), 0) / answers.length;
      expect(report.reward).toBeCloseTo(
        mean(({ ids, promptLength }) => share(ids, promptLength)),
        12,
      );
      expect(report.length).toBeCloseTo(
        mean(({ ids, promptLength }) => ids.length - promptLength),
        12,
      );
      expect(report.closed).toBeCloseTo(
        mean(({ isClosed }) => Number(isClosed)),
        12,
      );
      expect(report.shaped).toBeCloseTo(report.reward - 0.05 * report.k1, 12);
      expect(report.distinct).toBe(new Set(answers.map(({ text }) => text)).size / 6);
      expect(report.judge).toBe(7);
      expect(report.warnings).toEqual([]);
      // The issue's bar, of float64 on both sides.
      expect(report.gap).toBeLessThan(1e-9);
      // Two prompts, three answers to each.
      expect(new Set(answers.map(({ prompt }) => prompt)).size).toBe(2);
    }
    // Nothing has been learnt at the first step, but that the reference has rounded weights.
    const exact = await run(await small(), { steps: 2 });
    expect([exact[0].k1, exact[0].k2, exact[0].k3]).toEqual([0, 0, 0]);
    expect(exact[1].k2).toBeGreaterThan(0);
    expect(exact[1].k3).toBeGreaterThan(0);
    const undecided = -(await model.logprobs([{ ids: seen[0][0].ids }]))[0][1];
    expect(undecided).toBeGreaterThan(0);
    expect(reports[0].entropy).toBeGreaterThan(0);
    expect(reports[0].entropy).toBeLessThan(Math.log(V) + 1);
  });

  it.each<[string, Partial<RlhfOptions>]>([
    ["leave-one-out", {}],
    ["a moving average", { baseline: "moving-average", baselineDecay: 0.8 }],
    ["tokens", { level: "token" }],
    ["a clipped ratio", { innerSteps: 2, clip: 0.2 }],
  ])("finds answers with more reward: %s", async (_, options) => {
    const model = await small();
    const own = { steps: 16, promptsPerStep: 4, groupSize: 4, learningRate: 0.04, ...options };
    const reports = await run(model, own);
    const mean = (some: RlhfReport[]) =>
      some.reduce((sum, { reward }) => sum + reward, 0) / some.length;
    // The standard error of the difference is 0.04: 640 tokens, half of them on either side.
    expect(mean(reports.slice(-4)) - mean(reports.slice(0, 4))).toBeGreaterThan(0.12);
    expect(reports.at(-1)?.k1).toBeGreaterThan(0);
    const hasRatio = "clip" in options;
    expect(reports.every(({ clipped }) => (clipped !== undefined) === hasRatio)).toBe(true);
    // Two steps learn from the same answers, and the first of them cuts nothing.
    if (!hasRatio) return;
    expect(reports[1].reward).toBe(reports[0].reward);
    expect(reports[2].reward).not.toBe(reports[1].reward);
    expect(reports[0].clipped).toBe(0);
    expect(reports.some(({ clipped = 0 }) => clipped > 0)).toBe(true);
  });

  it("stays near the reference where that is dear", async () => {
    const klOf = async (beta: number) => {
      const reports = await run(await small(), { steps: 12, beta, groupSize: 4 });
      return reports.slice(-3).reduce((sum, { k3 }) => sum + k3 / 3, 0);
    };
    expect(await klOf(5)).toBeLessThan((await klOf(0)) / 2);
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

  it("has the optimiser, the schedule and the warm-up that it is given", async () => {
    const lrs = async (options: Partial<RlhfOptions>) =>
      (await run(await small(), options)).map(({ lr }) => lr);
    expect(await lrs({ warmup: 2 })).toEqual([5e-3, 1e-2, 1e-2]);
    expect(await lrs({ schedule: constant(0.5) })).toEqual([0.5, 0.5, 0.5]);
    // Without steps each prompt comes once.
    expect(await lrs({ steps: undefined })).toHaveLength(3);
    const [clipped, free] = [await small(), await small()];
    const optimizer = () => adamW({ beta1: 0, beta2: 0, eps: 1, weightDecay: 0 });
    await run(clipped, { optimizer: optimizer(), maxNorm: 1e-9, microBatch: 4, steps: 1 });
    await run(free, { optimizer: optimizer(), steps: 1 });
    const moved = (model: TrainableModel, other: TrainableModel) =>
      Math.max(
        ...weightsOf(model).flatMap((own, i) =>
          Array.from(own, (x, j) => Math.abs(x - weightsOf(other)[i][j])),
        ),
      );
    expect(moved(clipped, await small())).toBeLessThan(1e-8);
    expect(moved(free, await small())).toBeGreaterThan(1e-5);
  });
});

describe("a run that is stopped", () => {
  /** Reports and bits of a run that is stopped whenever the judge has been asked so often. */
  async function stopping(options: Partial<RlhfOptions>, afterSteps: readonly number[]) {
    let file: ByteSource | undefined;
    const reports: string[] = [];
    for (const [part, stop] of [...afterSteps, Number.POSITIVE_INFINITY].entries()) {
      // Weights to begin with differ: all that counts is in the file.
      const model = part === 0 ? await small() : await small({ trains: undefined });
      if (part > 0) for (const own of weightsOf(model)) own.fill(part);
      const aborter = new AbortController();
      const { signal } = aborter;
      const save: RlhfOptions["save"] = async (written) => {
        file = await inMemory(written);
      };
      let asked = 0;
      const reward: RewardOf = (answers, given) => {
        if (++asked > stop) aborter.abort();
        return low(answers, given);
      };
      try {
        const own = { ...options, reward, signal, save, resume: file, steps: 4 };
        for await (const { tokensPerSecond: _, secondsLeft: __, ...report } of started(
          model,
          own,
        )) {
          reports.push(JSON.stringify(report));
        }
        return { reports, weights: weightsOf(model) };
      } catch (error) {
        if (error !== signal.reason) throw error;
      }
    }
    throw new Error("it never came to its end");
  }

  let reference: TrainableModel | undefined;
  function started(model: TrainableModel, options: Partial<RlhfOptions>) {
    return rlhf(model, PROMPTS, {
      ...{ tokenizer, reward: low, reference: reference as TrainableModel, beta: 0.1 },
      ...{ groupSize: 2, promptsPerStep: 2, maxTokens: 4, learningRate: 1e-2 },
      ...options,
    });
  }

  it.each<[string, Partial<RlhfOptions>]>([
    ["leave-one-out", {}],
    ["a moving average", { baseline: "moving-average" }],
    ["answers that are learnt from twice", { innerSteps: 2, clip: 0.1, level: "token" }],
  ])(
    "goes on to the same bits and reports, in the middle of a draw too: %s",
    async (_, options) => {
      reference = await frozen();
      const whole = await stopping(options, []);
      expect(whole.reports).toHaveLength(4);
      for (const moments of [[1], [0, 1]]) {
        const again = await stopping(options, moments);
        expect(again.weights).toEqual(whole.weights);
        expect(again.reports).toEqual(whole.reports);
      }
    },
  );

  it("goes on with the options that it began with, and no others", async () => {
    reference = await frozen();
    let file: ByteSource | undefined;
    const save: RlhfOptions["save"] = async (written) => {
      file = await inMemory(written);
    };
    for await (const _ of started(await small(), { steps: 1, save }));
    const others: Partial<RlhfOptions>[] = [
      { beta: 0.3 },
      { groupSize: 3 },
      { maxTokens: 9 },
      { level: "token" },
      { seed: 1 },
      { innerSteps: 2, clip: 0.1 },
    ];
    for (const other of others) {
      const resumed = started(await small(), { steps: 2, resume: file, ...other });
      await expect(resumed.next(), JSON.stringify(other)).rejects.toThrow(/as in the saved run/);
    }
  });
});

describe("alarms", () => {
  it("of a monitor end the run if they are to, and are warnings otherwise", async () => {
    const seen: unknown[] = [];
    const monitor = {
      observe: (figures: { step: number; reward: number; judge: number }) => {
        seen.push(figures);
        return figures.step >= 2 ? `parted at ${figures.step}` : undefined;
      },
    };
    const judge: RewardOf = (answers) => answers.map(() => 0.5);
    const warned = await run(await small(), { monitor, judge });
    expect(warned.map(({ warnings }) => warnings)).toEqual([[], ["parted at 2"], ["parted at 3"]]);
    expect(seen[0]).toEqual({ step: 1, reward: warned[0].reward, judge: 0.5 });
    let saved = 0;
    const save: RlhfOptions["save"] = async (file, step) => {
      await inMemory(file);
      saved = step;
    };
    const stopped = await run(await small(), { monitor, judge, save, stopOnAlarm: true });
    expect(stopped).toHaveLength(2);
    expect(saved).toBe(2);
  });

  it("keep what a monitor remembers with the run", async () => {
    const counting = () => {
      let count = 0;
      return {
        observe: () => `${++count}`,
        state: () => count,
        restore: (to: unknown) => {
          count = Number(to);
        },
      };
    };
    const judge: RewardOf = (answers) => answers.map(() => 0);
    let file: ByteSource | undefined;
    const save: RlhfOptions["save"] = async (written) => {
      file = await inMemory(written);
    };
    await run(await small(), { judge, monitor: counting(), save, steps: 2 });
    const resumed = await run(await small(), { judge, monitor: counting(), resume: file });
    expect(resumed.map(({ warnings }) => warnings)).toEqual([["3"]]);
  });

  it("say that a sampler computes otherwise than the trainer", async () => {
    const model = await small();
    const astray = Object.create(model, {
      // What is drawn from has other weights.
      tensors: { value: () => other.tensors() },
    }) as TrainableModel;
    const other = await small();
    for (const own of weightsOf(other)) for (let i = 0; i < own.length; i++) own[i] *= 1.1;
    const [{ gap, warnings }] = await run(astray, { steps: 1 });
    expect(gap).toBeGreaterThan(0.01);
    expect(warnings[0]).toMatch(
      /^off-policy: a log-probability of the sampler is .* from the trainer's/,
    );
  });
});

describe("rlhf refuses", () => {
  it.each<[string, object]>([
    ["tokenizer", { tokenizer: undefined }],
    ["reward", { reward: 3 }],
    ["reference", { reference: undefined }],
    ["beta", { beta: -1 }],
    ["groupSize", { groupSize: 1 }],
    ["promptsPerStep", { promptsPerStep: 0 }],
    ["baselineDecay", { baselineDecay: 0.5 }],
    ["baselineDecay", { baseline: "moving-average", baselineDecay: 2 }],
    ["level", { level: "word" }],
    ["clip", { clip: 0.2 }],
    ["innerSteps", { innerSteps: 2 }],
    ["maxTokens", { maxTokens: 0 }],
    ["monitor", { monitor: { observe: () => undefined } }],
    ["warmup", { schedule: constant(1), warmup: 2 }],
    ["zLoss", { zLoss: 0.1 }],
    ["temperature", { temperature: 0.7 }],
  ])("%s: %j", async (name, options) => {
    const given = { tokenizer, reward: low, reference: await frozen(), ...options };
    const model = await small();
    const error = thrownBy(() => rlhf(model, PROMPTS, given as never));
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error.message).toContain(`"${name}"`);
  });

  it("the model itself as its reference, and prompts that are none, by their number", async () => {
    const model = await small();
    const given = { tokenizer, reward: low, reference: await frozen() };
    const refused = (prompts: unknown, options: object = given) =>
      thrownBy(() => rlhf(model, prompts as never, options as never)).message;
    expect(refused(PROMPTS, { ...given, reference: model })).toContain("another model");
    expect(refused([PROMPTS[0], { text: "Hi" }])).toContain("prompts[1]");
    expect(refused([{ prompt: "Hi" }])).toContain('[{ role: "user"');
    const answered = [
      { role: "user", content: "Hi" },
      { role: "model", content: "Hello" },
    ];
    expect(refused([{ messages: answered }])).toContain("a last message of the user");
    expect(refused([])).toContain("one at least");
    const long = [{ role: "user", content: "a ".repeat(SMALL.maxPositionEmbeddings) }];
    expect(refused([PROMPTS[0], long])).toContain("prompts[1]");
  });

  it("rewards that are missing or no numbers", async () => {
    const model = await small();
    await expect(run(model, { reward: () => [1] })).rejects.toThrow('"reward"');
    const bad: RewardOf = (answers) => answers.map(() => Number.NaN);
    await expect(run(model, { judge: bad })).rejects.toThrow('"judge[0]"');
  });
});
