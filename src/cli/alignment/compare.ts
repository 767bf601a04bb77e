/**
 * Two models side by side: the same questions, some answers each, and whose are better.
 * @module
 */
import { type Preference, preference } from "../../judge/statistics/preference.ts";
import {
  type EvaluatePolicyOptions,
  evaluatePolicy,
  type PolicyEvaluation,
} from "../../preference/rlhf/evaluate-policy.ts";
import type { PromptRow } from "../../preference/rollout/prompts.ts";
import type { TrainableModel } from "../../training/trainable.ts";
import { questionOf } from "./prompts.ts";

/** Scores nearer than this are a tie: the rule's are tenths, with what float64 makes of them. */
const TIE = 1e-9;

/** The models. */
export interface ComparedModels {
  /** The one that went through reinforcement. */
  readonly aligned: TrainableModel;
  /** The one that it began with. */
  readonly tuned: TrainableModel;
}

/** One model's answers, as means. */
export interface ComparedSide {
  /** Learned reward. */
  readonly reward: number;
  /** The score of who compares, where that is another than the reward. */
  readonly judge?: number;
  /** The share that ended their turn. */
  readonly closed: number;
  /** Tokens of an answer. */
  readonly length: number;
  /** The share of different answers. */
  readonly distinct: number;
}

/** What has come of it. */
export interface Comparison {
  /** How often the aligned model's answer is better: each of its answers against one of the other's to the same question. */
  readonly preference: Preference;
  readonly aligned: ComparedSide;
  readonly tuned: ComparedSide;
  /** KL of the aligned model from the tuned one, in nats an answer, and its standard error. */
  readonly kl: readonly [mean: number, error: number];
  /** A line a pair of answers, as `judge --pairs` reads them. */
  readonly pairs: readonly object[];
}

/** Asks both models, and compares: by `judge`, or by `reward` if there is none. */
export async function compared(
  { aligned, tuned }: ComparedModels,
  questions: readonly PromptRow[],
  options: Omit<EvaluatePolicyOptions, "reference"> & { readonly groupSize: number },
): Promise<Comparison> {
  const size = options.groupSize;
  const own = await evaluatePolicy(aligned, questions, { ...options, reference: tuned });
  const other = await evaluatePolicy(tuned, questions, { ...options, reference: aligned });
  const [mine, theirs] = [own, other].map(({ judged, rewards }) => judged ?? rewards);
  const ratings = questions.map((_, i) =>
    Array.from({ length: size }, (_, j) => rating(mine[i * size + j], theirs[i * size + j])),
  );
  return {
    preference: preference(ratings),
    aligned: sideOf(own),
    tuned: sideOf(other),
    kl: meanAndError(own.logRatios),
    pairs: own.answers.map(({ prompt, text }, i) => ({
      id: `${i}`,
      question: questionOf(prompt),
      answers: [text, other.answers[i].text],
      models: ["aligned", "tuned"],
    })),
  };
}

/** 1 won, ½ tied, 0 lost. */
function rating(own: number, other: number): number {
  if (Math.abs(own - other) < TIE) return 0.5;
  return own > other ? 1 : 0;
}

function sideOf({ figures }: PolicyEvaluation): ComparedSide {
  const { reward, judge, closed, length, distinct } = figures;
  return { reward, ...(judge !== undefined && { judge }), closed, length, distinct };
}

function meanAndError(values: Float64Array): readonly [number, number] {
  const n = values.length;
  const mean = values.reduce((sum, x) => sum + x, 0) / n;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / Math.max(1, n - 1);
  return [mean, Math.sqrt(variance / n)];
}
