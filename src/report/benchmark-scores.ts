/**
 * What follows from Table 6: a row by its name, means, and who is ahead.
 * @module
 */
import { brief } from "../brief.ts";
import { refusals } from "../errors.ts";
import { nearest } from "../option-hints.ts";
import {
  BENCHMARK_MODELS,
  BENCHMARKS,
  type BenchmarkModel,
  type BenchmarkName,
  type BenchmarkRow,
} from "./benchmarks.ts";
import { mean } from "./rounding.ts";

/**
 * A row of Table 6: what the report has for a benchmark that one has measured.
 *
 *     benchmarkRow("MMLU").scores["Gemma 2B"]; // 42.3, from 5 examples, by prompts that nobody else has
 *
 * @throws {ArgumentError} for a name that the table does not have.
 */
export function benchmarkRow(benchmark: BenchmarkName): BenchmarkRow {
  const found = BENCHMARKS.rows.find((row) => row.benchmark === benchmark);
  if (found) return found;
  throw unknown("benchmark", benchmark, NAMES);
}

const NAMES = BENCHMARKS.rows.map((row) => row.benchmark);

function scoreOf({ scores }: BenchmarkRow, model: BenchmarkModel): number {
  if (BENCHMARK_MODELS.includes(model)) return scores[model];
  throw unknown("model", model, BENCHMARK_MODELS);
}

function unknown(what: "benchmark" | "model", name: unknown, known: readonly string[]) {
  const near = typeof name === "string" ? nearest(name, known) : undefined;
  return refusals("report").argument(
    what,
    `a ${what} of Table 6 (${known.join(", ")})`,
    brief(name),
    near && `did you mean ${near}?`,
  );
}

/**
 * The plain mean of a model's figures: of all rows, or of all but some.
 * @throws {ArgumentError} for a model that the table does not have, as the functions below.
 */
export function benchmarkAverage(
  model: BenchmarkModel,
  without: readonly BenchmarkName[] = [],
): number {
  const rows = BENCHMARKS.rows.filter((row) => !without.includes(row.benchmark));
  return mean(rows.map((row) => scoreOf(row, model)));
}

/** How a model compares with the best of others, benchmark by benchmark. */
export interface BenchmarkOutcomes {
  /** Where it is ahead. */
  readonly wins: readonly BenchmarkName[];
  /** Where both have the same figure. */
  readonly ties: readonly BenchmarkName[];
  /** Where it is behind. */
  readonly losses: readonly BenchmarkName[];
}

const OTHERS: readonly BenchmarkModel[] = ["LLaMA-2 7B", "LLaMA-2 13B", "Mistral 7B"];

/** Where a model of Table 6 is ahead of the best of `others` (by default both LLaMA-2 and Mistral), equal, or behind. */
export function benchmarkOutcomes(
  model: BenchmarkModel,
  others: readonly BenchmarkModel[] = OTHERS,
): BenchmarkOutcomes {
  const where = (sign: number) =>
    BENCHMARKS.rows
      .filter((row) => Math.sign(benchmarkLead(row.benchmark, model, others)) === sign)
      .map((row) => row.benchmark);
  return { wins: where(1), ties: where(0), losses: where(-1) };
}

/** Points by which a model is ahead of the best of `others`, to the tenth that is printed; negative where it is behind. */
export function benchmarkLead(
  benchmark: BenchmarkName,
  model: BenchmarkModel,
  others: readonly BenchmarkModel[] = OTHERS,
): number {
  const row = benchmarkRow(benchmark);
  const best = Math.max(...others.map((other) => scoreOf(row, other)));
  return Math.round(10 * (scoreOf(row, model) - best)) / 10;
}
