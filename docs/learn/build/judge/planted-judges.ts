/**
 * Judges with a habit, and pairs to show it on: docs/judge.md draws them, and spec/judge/describe-judge.spec.ts has them named.
 * @module
 */
import type { JudgedPair, Winner } from "../../../../src/judge/outcome.ts";
import { type Random, xoshiro128 } from "../../../../src/random.ts";

interface Answer {
  readonly model: "model_1" | "model_2";
  readonly length: number;
  readonly quality: number;
}
/** Who wins, in names of models, when these two are shown. */
export type Planted = (first: Answer, second: Answer, random: Random) => Winner;

export const PLANTED_JUDGES: Readonly<Record<string, Planted>> = {
  first: (first) => first.model,
  longer: (a, b) => (a.length === b.length ? "tie" : a.length > b.length ? a.model : b.model),
  random: (a, b, random) => (random() < 0.5 ? a.model : b.model),
  perfect: (a, b) => (a.quality > b.quality ? a.model : b.model),
  unparsed: () => "error",
  second: (_, second) => second.model,
  shorter: (a, b) => (a.length < b.length ? a.model : b.model),
  wrong: (a, b) => (a.quality < b.quality ? a.model : b.model),
  tie: () => "tie",
  accurate: (a, b, random) => PLANTED_JUDGES[random() < 0.8 ? "perfect" : "random"](a, b, random),
};

export interface Setting {
  readonly pairs?: number;
  readonly orders?: "both" | "shuffled";
  readonly known?: boolean;
  /** How far the longer answer is the better one: 0, not at all; 1, always. */
  readonly lengthIsQuality?: number;
}

/** Pairs of random lengths and qualities, judged: by seed. */
export function judged(judge: Planted, seed: number, setting: Setting = {}): JudgedPair[] {
  const { pairs = 120, orders = "both", known = true, lengthIsQuality = 0 } = setting;
  const random = xoshiro128(seed);
  const answer = (model: Answer["model"]): Answer => {
    const length = 20 + Math.floor(400 * random());
    return { model, length, quality: random() < lengthIsQuality ? length : 400 * random() };
  };
  return Array.from({ length: pairs }, () => {
    const [one, two] = [answer("model_1"), answer("model_2")];
    const both = [judge(one, two, random), judge(two, one, random)] as const;
    const isFirst = random() < 0.5;
    return {
      winners: orders === "both" ? both : isFirst ? [both[0], null] : [null, both[1]],
      lengths: [one.length, two.length],
      ...(known && { better: one.quality > two.quality ? "model_1" : "model_2" }),
    };
  });
}
