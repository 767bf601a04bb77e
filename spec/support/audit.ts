/** A model with planted repeats, and what Google's code says of it (fixtures/evaluation/README.md). */
import { Gemma } from "../../src/gemma.ts";
import { goldenLines } from "./evaluation.ts";
import { fixtureFolder } from "./files.ts";
import { readJson } from "./goldens.ts";

/** A document of the planted model's training data, or with 0 repeats one that it has never seen. */
export interface PlantedDocument {
  readonly id: string;
  readonly source: string;
  readonly repeats: number;
  readonly text: string;
}

/** What was found of a document at one length of prompt. */
export interface GoldenContinuation {
  readonly prompt: number;
  readonly continuation: readonly number[];
  readonly exact: boolean;
  readonly matching_tokens: number;
  readonly edit_distance: number;
  readonly approximate: boolean;
  readonly edit_distance_characters: number;
  readonly characters: number;
  readonly approximate_characters: boolean;
  readonly suffix_logprob: number;
  readonly suffix_logprob_top40: number | null;
  readonly ended: boolean;
}

/** What was found of a document. */
export interface GoldenAudit {
  readonly id: string;
  readonly tokens: number;
  readonly prompts: readonly GoldenContinuation[];
  readonly logprob: number;
  readonly perplexity: number;
  readonly zlib_bytes: number;
  readonly zlib_ratio: number;
  readonly lowercase_logprob: number;
}

/** The documents of the planted model; the control are those of 0 repeats. */
export const plantedDocuments = (): PlantedDocument[] => goldenLines("planted/documents.jsonl");

/** What Google's code says of each of them, in their order. */
export const plantedAudit = (): GoldenAudit[] => goldenLines("planted/audit.jsonl");

/** The planted model, in float64. */
export function loadPlanted(): Promise<Gemma> {
  return Gemma.load(fixtureFolder("evaluation/planted"), { backend: "cpu", precision: "float64" });
}

/** Counts of documents, and their rates with Wilson's intervals. */
export interface GoldenRates {
  readonly documents: number;
  readonly exact: number;
  readonly approximate: number;
  readonly exact_rate: number;
  readonly approximate_rate: number;
  readonly exact_wilson: readonly [number, number];
  readonly approximate_wilson: readonly [number, number];
}

interface GoldenTotal {
  readonly rate: number;
  readonly stderr: number;
}

interface GoldenExtraction {
  readonly p_z: number;
  readonly probability_in: Readonly<Record<string, number>>;
  readonly queries_for_half: number | null;
}

/** Estimates, extraction and exposure by Google's code and two methods each. */
export interface PlantedSummary {
  readonly by_prompt_and_repeats: Readonly<Record<number, Readonly<Record<number, GoldenRates>>>>;
  readonly by_source: Readonly<Record<number, Readonly<Record<string, GoldenRates>>>>;
  readonly total: {
    readonly weights: Readonly<Record<string, number>>;
    readonly estimates: Readonly<
      Record<number, { readonly exact: GoldenTotal; readonly approximate: GoldenTotal }>
    >;
  };
  readonly probabilistic: {
    readonly documents: readonly {
      readonly id: string;
      readonly all: GoldenExtraction;
      readonly top40: GoldenExtraction;
    }[];
  };
  readonly canaries: {
    readonly cases: readonly {
      readonly text: string;
      readonly secret: string;
      readonly repeats: number;
      readonly prompt_ids: readonly number[];
      readonly logprob: number;
      readonly rank: number;
      readonly exposure: number;
      readonly most_likely: string;
      readonly most_likely_logprob: number;
      readonly mean_logprob: number;
    }[];
  };
}

export const plantedSummary = (): PlantedSummary => readJson("evaluation/planted/summary.json");
