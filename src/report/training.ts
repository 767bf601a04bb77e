/**
 * How the two were trained: tokens, chips, carbon. The report gives no optimiser, learning rate, batch size, number of
 * steps or hours.
 * @module
 */
import type { GemmaSize, ReportVersion } from "./version.ts";

/** What the report says about the training of a model. */
export interface TrainingRow {
  /** Which Gemma. */
  readonly model: GemmaSize;
  /** Tokens of pretraining, by version: the 2B's changed. */
  readonly tokens: Readonly<Record<Exclude<ReportVersion, "R0">, number>>;
  /** TPUv5e pods of {@link CHIPS_PER_POD} chips. */
  readonly pods: number;
  /** TPUs that it was trained on. */
  readonly chips: number;
  /** Chips of a pod that share one copy of the model. */
  readonly modelSharding: number;
  /** Copies of the model in a pod, each with its own part of a batch. */
  readonly dataReplicas: number;
}

/** A pod is a torus of 16 × 16 chips. */
export const CHIPS_PER_POD = 256;

/** Training of both models. Tokens: R1 and R4; the rest R4. */
export const TRAINING: readonly TrainingRow[] = [
  {
    model: "2B",
    tokens: { R1: 2e12, R4: 3e12 },
    pods: 2,
    chips: 512,
    modelSharding: 1,
    dataReplicas: 256,
  },
  {
    model: "7B",
    tokens: { R1: 6e12, R4: 6e12 },
    pods: 16,
    chips: 4096,
    modelSharding: 16,
    dataReplicas: 16,
  },
];

/**
 * Tonnes of CO₂ equivalents for pretraining both, about. The report's method is energy by the hour, scaled for building
 * and keeping up the data centres, joined with the carbon data of that hour. It gives none of these, so nobody can
 * compute it again.
 */
export const CARBON_TONNES = 131;
