/** What is wrong with a run, and how it says so. */
import { describe, expect, it } from "vitest";
import { hackingMonitor, type MonitoredStep } from "../../../src/preference/monitor/hacking.ts";
import type { RlhfOptions } from "../../../src/preference/rlhf/options.ts";
import type { RewardOf } from "../../../src/preference/rollout/answer.ts";
import type { ByteSource } from "../../../src/source/byte-source.ts";
import type { TrainableModel } from "../../../src/training/trainable.ts";
import { IS_LONG } from "../../support/fuzz.ts";
import { rlhfRun, weightsOf } from "../../support/rlhf.ts";
import { small } from "../../support/small-model.ts";
import { inMemory } from "../../support/training.ts";

describe("alarms", () => {
  it("of a monitor end the run if they are to, and are warnings otherwise", async () => {
    const seen: unknown[] = [];
    const monitor = {
      observe: (figures: MonitoredStep) => {
        seen.push(figures);
        return figures.step >= 2 ? { message: `parted at ${figures.step}` } : undefined;
      },
    };
    const judge: RewardOf = (answers) => answers.map(() => 0.5);
    const warned = await rlhfRun(await small(), { monitor, judge });
    expect(warned.map(({ warnings }) => warnings)).toEqual([[], ["parted at 2"], ["parted at 3"]]);
    const { reward, k1: kl, distinct, closed } = warned[0];
    expect(seen[0]).toEqual({ step: 1, reward, judge: 0.5, kl, distinct, closed });
    let saved = 0;
    const save: RlhfOptions["save"] = async (file, step) => {
      await inMemory(file);
      saved = step;
    };
    const stopped = await rlhfRun(await small(), { monitor, judge, save, stopOnAlarm: true });
    expect(stopped).toHaveLength(2);
    expect(saved).toBe(2);
  });

  it("of hacking end a run whose reward rises and whose judge falls", async () => {
    let answered = 0;
    const block = () => Math.floor(answered / 3); // blocks of three steps; the judge is asked last
    const options: Partial<RlhfOptions> = {
      steps: 9,
      reward: (answers) => answers.map(() => block()),
      judge: (answers) => {
        const said = answers.map(() => -block());
        answered++;
        return said;
      },
      monitor: hackingMonitor({ window: 3 }),
      stopOnAlarm: true,
    };
    const reports = await rlhfRun(await small(), options);
    expect(reports).toHaveLength(6);
    expect(reports[5].warnings[0]).toMatch(
      /^reward hacking\? from steps 1–3 to 4–6 the learned reward went up by 1.00/,
    );
  });

  it("keep what a monitor remembers with the run", async () => {
    const counting = () => {
      let count = 0;
      return {
        observe: ({ step }: MonitoredStep) => ({ message: `${++count} at ${step}` }),
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
    await rlhfRun(await small(), { judge, monitor: counting(), save, steps: 2 });
    const resumed = await rlhfRun(await small(), { judge, monitor: counting(), resume: file });
    expect(resumed.map(({ warnings }) => warnings)).toEqual([["3 at 3"]]);
  });

  it("say that a sampler computes otherwise than the trainer", async () => {
    const model = await small();
    const astray = Object.create(model, {
      // What is drawn from has other weights.
      tensors: { value: () => other.tensors() },
    }) as TrainableModel;
    const other = await small();
    for (const own of weightsOf(other)) for (let i = 0; i < own.length; i++) own[i] *= 1.1;
    const [{ gap, warnings }] = await rlhfRun(astray, { steps: 1 });
    expect(gap).toBeGreaterThan(0.01);
    expect(warnings[0]).toMatch(
      /^off-policy: a log-probability of the sampler is .* from the trainer's/,
    );
  });

  const samplers: [string, boolean][] = [
    ["the weights that it began with, which are never refreshed", true],
    ["the present weights", false],
  ];
  it.each(IS_LONG ? samplers : samplers.slice(0, 1))("of a sampler with %s", async (_, isStale) => {
    const [model, first] = [await small(), await small()];
    const tensors = { value: () => (isStale ? first : model).tensors() };
    const reports = await rlhfRun(Object.create(model, { tensors }) as TrainableModel, {
      ...{ steps: 10, groupSize: 4, promptsPerStep: 4, learningRate: 0.025, beta: 0 },
    });
    const negative = reports.filter(({ warnings }) => warnings.some((w) => w.includes("mean KL")));
    if (!isStale) return expect(reports.flatMap(({ warnings }) => warnings)).toEqual([]);
    // Nothing shows before the policy has left the reference; and the log-probabilities tell it at once.
    expect(reports[0].warnings).toEqual([]);
    expect(reports[1].warnings[0]).toMatch(/from the trainer's/);
    expect(negative.length).toBeGreaterThan(0);
    expect(negative[0].k1).toBeLessThan(0);
    // Several batches have to say so: there are 16 answers in one.
    const told = negative[0].warnings.join().match(/mean KL of the last (\d+) answers/);
    expect(Number(told?.[1])).toBeGreaterThan(16);
  });
});
