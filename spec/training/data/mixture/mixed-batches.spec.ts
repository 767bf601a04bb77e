/** Staged mixtures: shares as scheduled, every sequence once an epoch, resumed to the bit. */
import { describe, expect, it } from "vitest";
import type { JsonValue } from "../../../../src/source/json.ts";
import {
  type EpochEvent,
  type MixtureOptions,
  mixedBatches,
} from "../../../../src/training/data/mixture/mixed-batches.ts";
import { sharesAt } from "../../../../src/training/data/mixture/stages.ts";
import { textSequence } from "../../../../src/training/data/tokens/sequences.ts";
import type { TrainingSequence } from "../../../../src/training/trains.ts";

/** `n` sequences that are told apart by their second id, of `length` ids. */
const source = (n: number, name: number, length = 4) =>
  Array.from({ length: n }, (_, i) =>
    textSequence([2, 1000 * name + i, ...Array<number>(length - 2).fill(0)]),
  );
const STAGED: MixtureOptions = {
  stages: [
    { from: 0, weights: { web: 9, maths: 1 } },
    { from: 0.8, weights: { web: 1, maths: 1 } },
  ],
  steps: 1000,
  batchSize: 4,
};
const sources = { web: source(500, 1), maths: source(120, 2, 8) };
const idOf = ({ ids }: TrainingSequence) => ids[1];

async function drawn(options: MixtureOptions, steps = options.steps) {
  const mixture = mixedBatches(sources, options);
  const batches: number[][] = [];
  for (let step = 0; step < steps; step++) {
    batches.push(((await mixture.next()) ?? []).map(idOf));
  }
  return { mixture, batches };
}

describe("a schedule", () => {
  const stages = [
    { from: 0, weights: { a: 3, b: 1 } },
    { from: 0.5, weights: { a: 1, c: 1 } },
    { from: 0.75, weights: { c: 1 } },
  ];
  const at = (over: number, change: "step" | "linear") =>
    sharesAt(stages, ["a", "b", "c"], over, change);

  it("holds until the next stage, or goes over into it: by hand", () => {
    expect(at(0.4999, "step")).toEqual([0.75, 0.25, 0]);
    expect(at(0.5, "step")).toEqual([0.5, 0, 0.5]);
    expect(at(0.99, "step")).toEqual([0, 0, 1]);
    expect(at(0, "linear")).toEqual([0.75, 0.25, 0]);
    expect(at(0.25, "linear")).toEqual([0.625, 0.125, 0.25]);
    expect(at(0.5, "linear")).toEqual([0.5, 0, 0.5]);
    expect(at(0.625, "linear")).toEqual([0.25, 0, 0.75]);
    expect(at(0.9, "linear")).toEqual([0, 0, 1]);
  });
});

describe("shares", () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])("are within 3σ of the schedule, seed %i", async (seed) => {
    const { batches } = await drawn({ ...STAGED, seed });
    const isMaths = (id: number) => id >= 2000;
    for (const [begin, end, p] of [
      [0, 800, 0.1],
      [800, 1000, 0.5],
    ]) {
      const ids = batches.slice(begin, end).flat();
      const sigma = Math.sqrt(ids.length * p * (1 - p));
      expect(Math.abs(ids.filter(isMaths).length - ids.length * p)).toBeLessThan(3 * sigma);
    }
  });

  it("follow a linear change, within 3σ of its sum", async () => {
    const { mixture, batches } = await drawn({ ...STAGED, change: "linear" });
    let [mean, variance] = [0, 0];
    for (let step = 0; step < 1000; step++) {
      const p = step < 800 ? 0.1 + (0.4 * step) / 800 : 0.5;
      mean += 4 * p;
      variance += 4 * p * (1 - p);
    }
    const maths = batches.flat().filter((id) => id >= 2000).length;
    expect(Math.abs(maths - mean)).toBeLessThan(3 * Math.sqrt(variance));
    const report = mixture.report().sources.maths;
    expect(report.expected * 4000).toBeCloseTo(mean, 8);
    expect(report.deviation * 4000).toBeCloseTo(Math.sqrt(variance), 8);
  });

  it("are reported by sequences, documents and tokens, which differ", async () => {
    const { mixture, batches } = await drawn(STAGED);
    const { step, sources: of } = mixture.report();
    const maths = batches.flat().filter((id) => id >= 2000).length;
    expect(step).toBe(1000);
    expect(of.maths).toMatchObject({
      sequences: maths,
      documents: maths,
      tokens: 8 * maths,
      targets: 7 * maths,
    });
    expect(of.maths.share.sequences).toBeCloseTo(maths / 4000, 12);
    expect(of.maths.share.tokens).toBeCloseTo((8 * maths) / (8 * maths + 4 * (4000 - maths)), 12);
    expect(of.maths.epochs).toBe(Math.ceil(maths / 120) - 1);
    expect(await mixture.next()).toBeUndefined();
  });
});

it("documents are counted by the source, where a sequence has several", async () => {
  const windows = { length: 5, at: (i: number) => source(5, 1).at(i), documentsIn: () => 3 };
  const stages = [{ from: 0, weights: { web: 1 } }];
  const mixture = mixedBatches({ web: windows }, { stages, steps: 2 });
  await mixture.next();
  expect(mixture.report().sources.web).toMatchObject({ sequences: 8, documents: 24 });
});

describe("a source", () => {
  it("gives every sequence once an epoch, in another order each, and says when it begins again", async () => {
    const events: EpochEvent[] = [];
    const { batches } = await drawn({ ...STAGED, onEpoch: (event) => events.push(event) });
    const web = batches.flat().filter((id) => id < 2000);
    const epochs = [web.slice(0, 500), web.slice(500, 1000), web.slice(1000, 1500)];
    for (const epoch of epochs) expect(new Set(epoch).size).toBe(500);
    expect(epochs[0]).not.toEqual(epochs[1]);
    const own = events.filter((event) => event.source === "web");
    expect(own.map((event) => event.epochs)).toEqual(own.map((_, i) => i + 1));
    expect(own).toHaveLength(Math.ceil(web.length / 500) - 1);
    // The step whose batch has the 501st.
    const upTo = (step: number) =>
      batches
        .slice(0, step)
        .flat()
        .filter((id) => id < 2000).length;
    expect(upTo(own[0].step)).toBeLessThanOrEqual(500);
    expect(upTo(own[0].step + 1)).toBeGreaterThan(500);
  });

  it("without weight is never drawn, and may be empty", async () => {
    const stages = [{ from: 0, weights: { web: 1, none: 0 } }];
    const mixture = mixedBatches({ web: source(3, 1), none: [] }, { stages, steps: 50 });
    for (let batch = await mixture.next(); batch; batch = await mixture.next()) {
      expect(batch.every((sequence) => idOf(sequence) < 2000)).toBe(true);
    }
    expect(mixture.report().sources.none.sequences).toBe(0);
  });
});

describe("a run", () => {
  const short = { ...STAGED, steps: 60, seed: 11 };
  const few = { web: source(40, 1), maths: source(9, 2) };

  it("resumed anywhere, in the middle of a stage and of an epoch, draws what it would have drawn", async () => {
    const whole = mixedBatches(few, short);
    const batches: (readonly TrainingSequence[] | undefined)[] = [];
    const states: JsonValue[] = [whole.state()];
    for (let step = 0; step <= 60; step++) {
      batches.push(await whole.next());
      states.push(JSON.parse(JSON.stringify(whole.state())));
    }
    for (const [step, state] of states.entries()) {
      const events: EpochEvent[] = [];
      const resumed = mixedBatches(few, { ...short, onEpoch: (event) => events.push(event) });
      for (let k = 0; k < step % 7; k++) await resumed.next(); // it may have been used before
      resumed.restore(state);
      expect(resumed.state()).toEqual(state);
      for (const batch of batches.slice(step)) expect(await resumed.next()).toEqual(batch);
      expect(resumed.report()).toEqual(whole.report());
      expect(resumed.state()).toEqual(whole.state());
    }
  });

  it("is not that of another seed", async () => {
    const other = (await drawn({ ...STAGED, seed: 12 }, 5)).batches;
    expect((await drawn({ ...STAGED, seed: 11 }, 5)).batches).not.toEqual(other);
    expect((await drawn({ ...STAGED, seed: 12 }, 5)).batches).toEqual(other);
  });

  it("goes on with what it began with, and nothing else", () => {
    const state = mixedBatches(few, short).state();
    const restore = (options: MixtureOptions, from: JsonValue = state, data = few) =>
      mixedBatches(data, options).restore(from);
    expect(() => restore({ ...short, seed: 12 })).toThrow(
      'mixedBatches.restore: "seed" expected 12, as here, got 11; a run goes on with the data and the options that it began with',
    );
    expect(() => restore({ ...short, steps: 61 })).toThrow('"steps"');
    expect(() => restore({ ...short, change: "linear" })).toThrow('"change"');
    expect(() => restore(short, state, { ...few, web: source(41, 1) })).toThrow('"sources"');
    expect(() => restore(short, {})).toThrow("a state of this mixture");
    expect(() => restore(short, { ...(state as object), sources: [] })).toThrow("sources[0]");
    expect(() => restore(short, { ...(state as object), random: [0, 0, 0, 0] })).toThrow(
      "not all 0",
    );
  });
});

describe("a mixture", () => {
  it.each<[string, Partial<MixtureOptions>, string]>([
    ["no stages", { stages: [] }, '"stages" expected a list'],
    [
      "a late first stage",
      { stages: [{ from: 0.1, weights: { web: 1 } }] },
      '"stages[0].from" expected 0',
    ],
    [
      "stages out of order",
      {
        stages: [
          { from: 0, weights: { web: 1 } },
          { from: 0, weights: { web: 1 } },
        ],
      },
      '"stages[1].from" expected a share of the run above 0',
    ],
    [
      "an unknown source",
      { stages: [{ from: 0, weights: { wob: 1 } }] },
      '"stages[0].weights.wob" expected a source: web, maths',
    ],
    ["no weight", { stages: [{ from: 0, weights: { web: 0 } }] }, "a weight above 0"],
    ["a negative weight", { stages: [{ from: 0, weights: { web: -1 } }] }, "0 or more"],
    ["no steps", { steps: 0 }, '"steps"'],
    ["half a batch", { batchSize: 0.5 }, '"batchSize"'],
    ["another change", { change: "cosine" as never }, '"step" or "linear"'],
  ])("is refused with %s", (_, options, message) => {
    expect(() => mixedBatches(sources, { ...STAGED, ...options })).toThrow(message);
  });

  it("is refused with sources that are none", () => {
    expect(() => mixedBatches({ ...sources, web: [] }, STAGED)).toThrow('"sources.web"');
    expect(() => mixedBatches({ web: "text" as never, maths: sources.maths }, STAGED)).toThrow(
      "documentSequences",
    );
    expect(() => mixedBatches({}, STAGED)).toThrow("a source at least");
  });
});
