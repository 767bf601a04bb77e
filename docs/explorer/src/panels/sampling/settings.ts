/**
 * How a token is drawn: what the visitor has set, and what stands there without a choice.
 * @module
 */
import type { SamplingOptions } from "../../../../../src/generation/sampler.ts";
import type { Settings } from "../../messages.ts";

/** Where nothing is set: flat enough, and cut enough, that one sees both. Top-k is off. */
export const TEMPERATURE = 1.2;
export const TOP_P = 0.9;
export const SEED = 7;

/** The sliders end here; less than this is no share. */
export const HOTTEST = 2;
export const LEAST_P = 0.01;

export interface Drawing {
  /** 0 is greedy: then the other two do nothing. */
  readonly temperature: number;
  readonly topP: number;
  /** All tokens, if it cuts none. */
  readonly topK: number;
}

type Set = Pick<Settings, "temperature" | "topP" | "topK">;

/** @param V tokens of the vocabulary. */
export function drawingOf({ temperature, topP, topK }: Set, V: number): Drawing {
  return { temperature: temperature ?? TEMPERATURE, topP: topP ?? TOP_P, topK: topK ?? V };
}

/** As the library takes it: it refuses what does nothing. */
export function optionsOf({ temperature, topP, topK }: Drawing): SamplingOptions {
  return temperature === 0 ? { temperature } : { temperature, topP, topK };
}

/** Settings by name. Greedy leaves the cuts as they are: they come back with the temperature. */
export const PRESETS: readonly (readonly [name: string, to: Partial<Set>])[] = [
  ["Greedy", { temperature: 0 }],
  ["The model’s own", { temperature: 1, topP: 1, topK: undefined }],
  ["Flatter, cut", { temperature: undefined, topP: undefined, topK: undefined }],
];
