/** A reward model, held against PyTorch's through Google's code (reward.npz), and what it refuses. */
import { describe, expect, it } from "vitest";
import { ArgumentError, FormatError } from "../../../src/errors.ts";
import { RewardModel, type RewardPair } from "../../../src/preference/reward/reward-model.ts";
import { heldWeight } from "../../../src/tensor/held.ts";
import { tensor } from "../../../src/tensor/tensor.ts";
import { loraModel } from "../../../src/tuning/lora/lora.ts";
import { IS_LONG } from "../../support/fuzz.ts";
import {
  LEARNING_MODELS,
  learned,
  learner,
  learningCheckpoint,
  relativeError,
} from "../../support/learning.ts";
import { gradientError, rewardBatch } from "../../support/preference.ts";

/** The bar: a few roundings of float64, of which a sum has some hundreds. */
const BAR = 1e-12;

/** The pairs of reward.npz. */
function pairsOf(name: string): RewardPair[] {
  const { pairs, padded, lengths } = rewardBatch(name);
  const answers = padded.map(({ ids }, b) => ({ ids: Array.from(ids).slice(0, lengths[b]) }));
  return answers.slice(0, pairs).map((chosen, p) => ({ chosen, rejected: answers[pairs + p] }));
}

async function judge(name: string): Promise<RewardModel> {
  const model = await RewardModel.on(await learner(name));
  model.score.data.set(rewardBatch(name).score);
  return model;
}

const PAIRS = pairsOf("micro");
const answers = PAIRS.flatMap(({ chosen, rejected }) => [chosen, rejected]);
const gradients = ({ parameters }: RewardModel) =>
  new Map([...parameters].map(([name, { gradient }]) => [name, gradient]));

describe.each(LEARNING_MODELS)("%s", (name) => {
  const file = `${name}/reward`;
  const pairs = pairsOf(name);
  const margins = learned(file, "margin.margins");
  const centring = learned(file, "centred.coefficient")[0];
  const all: [string, string, readonly RewardPair[], number][] = [
    ["grad", "loss", pairs, 0],
    ["centred", "centred.loss", pairs, centring],
    ["margin", "margin.loss", pairs.map((pair, p) => ({ ...pair, margin: margins[p] })), 0],
  ];

  it.each(name === "micro" || IS_LONG ? all : all.slice(0, 1))(
    "has rewards, loss and gradients of PyTorch: %s",
    async (what, loss, given, c) => {
      const model = await judge(name);
      const normalizer = model.normalizerOf(given);
      // In two parts, as micro-batches are.
      const first = await model.accumulate(given.slice(0, 1), { normalizer, centring: c });
      const rest = await model.accumulate(given.slice(1), { normalizer, centring: c });
      const losses = [...first.losses, ...rest.losses];
      const sum = losses.reduce((a, b) => a + b, 0);
      expect(relativeError([sum], learned(file, loss))).toBeLessThan(BAR);
      expect(gradientError(file, what, gradients(model))).toBeLessThan(BAR);
      for (const side of ["chosen", "rejected"] as const) {
        const rewards = await model.rewards(given.map((pair) => pair[side]));
        expect(relativeError(rewards, learned(file, `${side}_rewards`))).toBeLessThan(BAR);
      }
    },
  );
});

describe("a reward model", () => {
  it("adds up the bits of one call in two, and says how often it was right, by how much, and where", async () => {
    const [once, twice] = [await judge("micro"), await judge("micro")];
    const some = PAIRS.map((pair, p) => ({ ...pair, margin: p, certainty: 1 - p / 4 }));
    const whole = await once.accumulate(some, { normalizer: 3, centring: 0.1 });
    const parts = [];
    for (const pair of some) {
      parts.push(await twice.accumulate([pair], { normalizer: 3, centring: 0.1 }));
    }
    expect(gradients(twice)).toEqual(gradients(once));
    expect(parts.flatMap(({ losses }) => losses)).toEqual(whole.losses);
    expect(parts.flatMap(({ figures }) => figures)).toEqual(whole.figures);
    const [chosen, rejected] = [
      learned("micro/reward", "chosen_rewards"),
      learned("micro/reward", "rejected_rewards"),
    ];
    for (const [p, { accuracy, margin, reward }] of whole.figures.entries()) {
      expect(3 * accuracy).toBe(chosen[p] > rejected[p] ? 1 : 0);
      expect(3 * margin).toBeCloseTo(chosen[p] - rejected[p], 10);
      expect(6 * reward).toBeCloseTo(chosen[p] + rejected[p], 10);
    }
    expect(twice.tokensOf(PAIRS[0])).toBe(
      PAIRS[0].chosen.ids.length + PAIRS[0].rejected.ids.length,
    );
    twice.zeroGradients();
    expect([...gradients(twice).values()].every((g) => g.every((x) => x === 0))).toBe(true);
  });

  it("begins with a head at 0, which alone then learns, or with one drawn by seed", async () => {
    const model = await RewardModel.on(await learner("micro"));
    expect([...(await model.rewards(answers))]).toEqual(answers.map(() => 0));
    const { figures, losses } = await model.accumulate(PAIRS, { normalizer: 3 });
    // All rewards are 0: a coin is right half of the time, and loses log 2.
    expect(figures.map(({ accuracy }) => 3 * accuracy)).toEqual([0.5, 0.5, 0.5]);
    expect(3 * losses[0]).toBeCloseTo(Math.log(2), 14);
    const moving = [...gradients(model)].filter(([, g]) => g.some((x) => x !== 0));
    expect(moving.map(([name]) => name)).toEqual(["score.weight"]);
    const drawn = async (headSeed: number) => {
      const { config, tensors } = await learningCheckpoint("mqa");
      return (await RewardModel.from({ config, tensors }, { headSeed })).score.data;
    };
    const [head, again, other] = [await drawn(1), await drawn(1), await drawn(2)];
    expect(again).toEqual(head);
    expect(other).not.toEqual(head);
    const { length: D } = head;
    // Σ (D + 1)² x² is χ² with D degrees: its mean is D, its standard deviation √2D; 5 of those.
    const squares = [...head, ...other].reduce((sum, x) => sum + ((D + 1) * x) ** 2, 0);
    expect(Math.abs(squares - 2 * D)).toBeLessThan(5 * Math.sqrt(4 * D));
  });

  it("goes on with a head that was learnt, in the precision of the model", async () => {
    const { config, tensors } = await learningCheckpoint("micro");
    const score = rewardBatch("micro").score;
    const stored = heldWeight("score.weight", tensor(score, [1, score.length]));
    const all = new Map([...tensors, ["score.weight", stored]]);
    const model = await RewardModel.from({ config, tensors: all }, { precision: "float64" });
    expect(model.score.data).toEqual(score);
    const narrow = await RewardModel.from({ config, tensors: all }, { recompute: true });
    expect(narrow.score.data).toEqual(Float32Array.from(score));
    expect([...narrow.tensors("bfloat16").keys()].at(-1)).toBe("score.weight");
    expect(
      [...narrow.tensors("bfloat16").values()].every(({ dtype }) => dtype === "bfloat16"),
    ).toBe(true);
    const error = await RewardModel.from({ config, tensors: all }, { headSeed: 1 }).catch((e) => e);
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error.message).toContain("the head that was learnt goes on");
    const labels = heldWeight("score.weight", tensor(new Float32Array(32), [2, 16]));
    const wrong = new Map([...tensors, ["score.weight", labels]]);
    const refused = await RewardModel.from({ config, tensors: wrong }).catch((e) => e);
    expect(refused).toBeInstanceOf(FormatError);
    expect(refused.message).toContain(
      "[1, 16], got [2, 16]; a reward is one number, and this head tells 2 labels apart",
    );
  });

  it("judges for others, with rewards moved to a mean of 0 if they wish", async () => {
    const model = await judge("micro");
    const rewards = await model.rewards(answers);
    const mean = rewards.reduce((sum, r) => sum + r, 0) / rewards.length;
    const shifted = await model.rewardOf({ shift: -mean })(answers, {});
    expect(Math.abs(shifted.reduce((sum, r) => sum + r, 0))).toBeLessThan(1e-12);
    expect(shifted[1] - shifted[0]).toBeCloseTo(rewards[1] - rewards[0], 12);
    // Cut, an answer has another last token, and is judged by that.
    const ids = Array.from(answers[0].ids);
    const [whole, cut] = await model.rewardOf()([{ ids }, { ids: ids.slice(0, -1) }]);
    expect(whole).toBe(rewards[0]);
    expect(cut).not.toBe(whole);
    expect(await model.rewards([])).toEqual(new Float64Array(0));
  });

  it("learns by low-rank factors and its head alone", async () => {
    const checkpoint = await learningCheckpoint("micro");
    const { model: base, adapter } = await loraModel(checkpoint, { r: 2, precision: "float64" });
    const model = await RewardModel.on(base, { headSeed: 1 });
    expect(model.parameters.size).toBe(2 * adapter.pairs.size + 1);
    await model.accumulate(PAIRS, { normalizer: 3 });
    const [first] = adapter.pairs.values();
    expect(first.b.data.every((x) => x === 0)).toBe(true);
    const b = [...model.parameters.values()].filter(({ name }) => name.includes("lora_B"));
    expect(b.every(({ gradient }) => gradient.some((x) => x !== 0))).toBe(true);
    expect([...model.tensors().keys()]).toContain("model.layers.0.mlp.up_proj.weight");
  });

  it("refuses what is no pair, and stops when it is told to", async () => {
    const model = await judge("micro");
    const accumulate = (pairs: unknown, options: object = {}) =>
      model.accumulate(pairs as RewardPair[], { normalizer: 1, ...options }).then(
        () => "nothing",
        (error: Error) => error.message,
      );
    expect(await accumulate([])).toContain(
      '"pairs" expected a list of pairs: { chosen: { ids }, rejected: { ids } }',
    );
    expect(await accumulate([{ chosen: { ids: [2, 3] } }])).toContain(
      '"pairs[0].rejected.ids" expected a list of token ids, got nothing',
    );
    expect(await accumulate([{ chosen: { ids: [2, 99] }, rejected: { ids: [2] } }])).toContain(
      "99",
    );
    expect(await accumulate([{ ...PAIRS[0], certainty: 2 }])).toContain("certainty");
    expect(await accumulate([{ ...PAIRS[0], margin: Number.NaN }])).toContain("margin");
    expect(await accumulate(PAIRS, { normalizer: 0 })).toContain(
      '"normalizer" expected a number above 0',
    );
    expect(await accumulate(PAIRS, { zLoss: 0.1 })).toContain("a reward model has none");
    expect([...gradients(model).values()].every((g) => g.every((x) => x === 0))).toBe(true);
    const signal = AbortSignal.abort();
    expect(await accumulate(PAIRS, { signal })).toMatch(/abort/);
    await expect(model.rewards(answers, { signal })).rejects.toThrow(/abort/);
    await expect(model.rewardOf()(answers, { signal })).rejects.toThrow(/abort/);
    await expect(RewardModel.on({} as never)).rejects.toThrow("loraModel(checkpoint).model");
    const { tensors } = await learningCheckpoint("micro");
    const stored = heldWeight("score.weight", tensor(new Float32Array(16), [1, 16]));
    const options = { tensors: new Map([...tensors, ["score.weight", stored]]), signal };
    await expect(RewardModel.on(await learner("micro"), options)).rejects.toThrow(/abort/);
  });
});
