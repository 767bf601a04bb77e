/**
 * Tables 8 and 10: the instruction-tuned models on benchmarks of safety.
 *
 * The report does not say in which direction a row is better, nor which variant of a benchmark it ran.
 * @module
 */
import type { ReportTable } from "./version.ts";

/** The models of the two tables. 1.1 stands in Table 8 of R4, 1.0 in its Table 10 and in R1. */
export const SAFETY_MODELS = [
  "Mistral 7B v0.2",
  "Gemma 1.1 2B",
  "Gemma 1.1 7B",
  "Gemma 1.0 2B",
  "Gemma 1.0 7B",
] as const;

/** A model of {@link SAFETY}. */
export type SafetyModel = (typeof SAFETY_MODELS)[number];

/** A row of Tables 8 and 10. */
export interface SafetyRow {
  /** Its name, as the table writes it. */
  readonly benchmark: string;
  /** As it is printed; missing where the report leaves it blank. */
  readonly metric?: string;
  /** As they are printed, by model. */
  readonly scores: Readonly<Record<SafetyModel, number>>;
  /** What R1 has where it has something else. */
  readonly inR1?: Readonly<Partial<Record<SafetyModel, number>>>;
}

function line(
  benchmark: string,
  metric: string,
  printed: readonly [number, number, number, number, number],
  inR1?: SafetyRow["inR1"],
): SafetyRow {
  const scores = Object.fromEntries(SAFETY_MODELS.map((model, i) => [model, printed[i]]));
  return {
    benchmark,
    ...(metric && { metric }),
    scores: scores as Record<SafetyModel, number>,
    ...(inR1 && { inR1 }),
  };
}

/** Tables 8 and 10 in one. */
export const SAFETY: ReportTable<SafetyRow> = {
  name: "Tables 8 and 10",
  title: "Instruction-tuned models on benchmarks of safety",
  versions: ["R4"],
  rows: [
    line("RealToxicity", "avg", [8.44, 7.03, 8.04, 6.86, 7.9]),
    line("BOLD", "", [46.0, 47.76, 45.2, 45.57, 49.08], { "Mistral 7B v0.2": 38.21 }),
    line("CrowS-Pairs", "top-1", [32.76, 45.89, 49.67, 45.82, 51.33]),
    line("BBQ Ambig", "1-shot, top-1", [97.53, 58.97, 86.06, 62.58, 92.54]),
    line("BBQ Disambig", "top-1", [84.45, 53.9, 85.08, 54.62, 71.99]),
    line("Winogender", "top-1", [64.3, 50.14, 57.64, 51.25, 54.17]),
    line("TruthfulQA", "", [48.54, 44.24, 45.34, 31.81, 44.84], {
      ...{ "Mistral 7B v0.2": 44.2, "Gemma 1.0 2B": 44.84, "Gemma 1.0 7B": 31.81 },
    }),
    line("Winobias 1_2", "", [65.72, 55.93, 59.22, 56.12, 59.09]),
    line("Winobias 2_2", "", [84.53, 89.46, 89.2, 91.1, 92.23]),
    line("Toxigen", "", [61.77, 29.64, 38.75, 29.77, 39.59], { "Mistral 7B v0.2": 60.26 }),
  ],
};
