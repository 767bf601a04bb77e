/** Goldens of training (fixtures/learning/README.md), and the models that they were made with. */
import type { Checkpoint } from "../../src/checkpoint/checkpoint.ts";
import { openHfFolder } from "../../src/checkpoint/safetensors/open.ts";
import { TrainableModel, type TrainableOptions } from "../../src/training/trainable.ts";
import type { TrainingSequence } from "../../src/training/trains.ts";
import { fixtureFolder } from "./files.ts";
import { checkpoint, golden, goldens } from "./goldens.ts";

/** Those that have goldens: one key-value head, as many as query heads, and between. */
export const LEARNING_MODELS = ["micro", "mqa", "mha-wide-heads", "gqa"] as const;
export type LearningModel = (typeof LEARNING_MODELS)[number];

const opened = new Map<string, Promise<Checkpoint>>();

/** The checkpoint of a model, opened once. */
export function learningCheckpoint(name: string): Promise<Checkpoint> {
  if (name !== "micro" && name !== "enumerable") return checkpoint(name);
  const known = opened.get(name) ?? openHfFolder(fixtureFolder(`learning/models/${name}`));
  opened.set(name, known);
  return known;
}

/** A model that learns, in float64 unless told otherwise. */
export async function learner(
  name: string,
  options: TrainableOptions = {},
): Promise<TrainableModel> {
  const { config, tensors } = await learningCheckpoint(name);
  return TrainableModel.from({ config, tensors }, { precision: "float64", ...options });
}

/** An array of a golden file: `learned("micro/lm", "loss")`. */
export function learned(file: string, name: string): Float64Array {
  return golden(`learning/${file}.npz`, name);
}

/** The names of a golden file that begin with `prefix`, without it. */
export function learnedNames(file: string, prefix: string): string[] {
  const names = [...goldens(`learning/${file}.npz`).keys()];
  return names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
}

/** Shape of an array of a golden file. */
export function learnedShape(file: string, name: string): readonly number[] {
  return goldens(`learning/${file}.npz`).get(name)?.shape ?? [];
}

/**
 * Sequences from ids [B, T] and a mask [B, T − 1] of targets, as the goldens have them. Behind its last target a sequence is
 * padding, and is cut off.
 */
export function sequences(
  ids: ArrayLike<number>,
  mask: ArrayLike<number>,
  B: number,
  lengths?: ArrayLike<number>,
): TrainingSequence[] {
  const T = ids.length / B;
  return Array.from({ length: B }, (_, b) => {
    const own = Array.from({ length: lengths?.[b] ?? T }, (_, t) => ids[b * T + t]);
    return { ids: own, mask: own.map((_, t) => (t === 0 ? 0 : mask[b * (T - 1) + t - 1])) };
  });
}

/** M: how much the targets of sequences count together. */
export function targetsIn(some: readonly TrainingSequence[]): number {
  return some.flatMap(({ mask }) => Array.from(mask)).reduce((sum, m) => sum + m, 0);
}

/** max |a − b| / max |b|. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let [most, largest] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    const off = Math.abs(actual[i] - expected[i]);
    most = Math.max(most, off); // a NaN stays
    largest = Math.max(largest, Math.abs(expected[i]));
  }
  return most / (largest || 1);
}

/** [√Σg², Σ gᵢ cos(i)]: what the goldens keep of large arrays. */
export function digest(g: ArrayLike<number>): [number, number] {
  let [squares, waves] = [0, 0];
  for (let i = 0; i < g.length; i++) {
    squares += g[i] * g[i];
    waves += g[i] * Math.cos(i);
  }
  return [Math.sqrt(squares), waves];
}

/** Distance of a digest from a golden one, relative to the norm: Σ gᵢ cos(i) may be anything near 0. */
export function digestError(g: ArrayLike<number>, expected: ArrayLike<number>): number {
  const [norm, wave] = digest(g);
  return Math.max(Math.abs(norm - expected[0]), Math.abs(wave - expected[1])) / expected[0];
}
