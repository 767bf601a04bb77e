/** What the sampling panel asks. @module */
import type { SamplingCandidate } from "../../../../../src/generation/inspect/sampling-inspection.ts";
import type { Drawing } from "./settings.ts";

export interface SamplingQuestion {
  ask: { prompt: string; pos: number; seed: number } & Drawing;
  answer: Sampling;
}

/** A token that might have come, with how often it did in many draws. */
export type Candidate = SamplingCandidate & { readonly piece: string; readonly draws: number };

export interface Sampling {
  readonly prompt: string;
  readonly pos: number;
  readonly seed: number;
  readonly drawing: Drawing;
  /** The number that falls on the ruler; undefined if greedy. */
  readonly u: number | undefined;
  readonly drawn: Candidate;
  /** The most probable, in that order; the drawn one is last, if it is not among them. */
  readonly candidates: readonly Candidate[];
  readonly counts: { readonly all: number; readonly afterTopP: number; readonly afterTopK: number };
  /** The answer's chance at temperature 1. */
  readonly own: number;
  /** Share of all tokens that are not listed, before anything is cut. */
  readonly rest: number;
}
