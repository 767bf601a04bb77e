/**
 * A benchmark as data: what is asked about a document, what is right, and how that is counted. The terms are those of
 * EleutherAI's lm-evaluation-harness, with a name for each that says what it is; `taskFromLmEval` reads its YAML.
 * @module
 */
import type { BenchmarkName } from "../../report/benchmarks.ts";

import type { FilterSpec } from "../filters/filter.ts";
import type { ExactMatchOptions } from "../metrics/exact-match.ts";
import type { Continued, Likelihood } from "../requests/request.ts";

/** An example of a benchmark: a line of its file. */
export type TaskDocument = Readonly<Record<string, unknown>>;

/**
 * What is made of a document: the name of one of its fields, whose value it is; or a template in Jinja; or a function. A text
 * without any `{{` that is no name stands for itself.
 */
export type Field = string | ((document: TaskDocument) => unknown);

/**
 * What is asked of the model.
 *
 * - "choice": how probable is each choice after the question? Where `text` is a number, it is as "partial".
 * - "partial": how probable is the same ending after each of several contexts? `choices` are the contexts, `text` is the index of the
 *   right one, `target` the ending (Winogrande: Trinh and Le 2018, arXiv:1806.02847).
 * - "continuation": how probable is `target` after `text`, and is it what greedy decoding would give?
 * - "rolling": how probable is `target`, a whole text?
 * - "generate": what comes after `text`?
 */
export type TaskKind = "choice" | "partial" | "continuation" | "rolling" | "generate";

/** Examples with their answers that stand before the question. */
export interface ShotsSpec {
  /** How many. */
  readonly count: number;
  /**
   * "random": as CPython's `random.Random(seed).sample` draws them, anew for each document, the generator seeded once a task.
   * "first": the first ones. Default "random".
   */
  readonly sampler?: "random" | "first";
  /** Default 1234, the harness's. */
  readonly seed?: number;
  /**
   * Draws one more than `count`, and leaves the document itself out if it is among them. The harness does so where the shots
   * come from the split under test, and also where its file names neither split. Default false.
   */
  readonly leaveOut?: boolean;
  /** The examples themselves, instead of a split of the data. `prepare` is not done to them. */
  readonly fixed?: readonly TaskDocument[];
  /** Which documents of the split are drawn from, by index. Default: all. */
  readonly indices?: readonly number[];
  /** Where shots are written in another way than the question. Default: as the task has it. */
  readonly text?: Field;
  /** Default: those of the task. */
  readonly choices?: Field | readonly string[];
  /** Default: that of the task. */
  readonly target?: Target;
  /** Default: that of the task. */
  readonly prefix?: Field;
  /** Between question and answer. */
  readonly delimiter?: string;
  /** Stands behind each shot. */
  readonly separator?: string;
}

/** What is right: a field, or the same for all documents. */
export type Target = Field | number | readonly string[];

/** How an answer is generated. */
export interface GenerationSpec {
  /** Texts that end it. Default: the separator of shots. */
  readonly until?: readonly string[];
  /** Default 256, as the harness's. */
  readonly maxTokens?: number;
  /** Default 0: greedy. */
  readonly temperature?: number;
  /** Answers to each question. Default 1. More take a temperature; the seeds are 0, 1, 2, ... */
  readonly repeats?: number;
}

/** Filters that make one row of results, by a name: several rows look at the same answers in several ways. */
export interface FilterRow {
  /** What the row is called in results. */
  readonly name: string;
  /** One after the other; the last is `takeFirst`, as a rule. */
  readonly filters: readonly FilterSpec[];
}

/** From the values of all documents to one number. */
export type Aggregation =
  | "mean"
  | "nanmean"
  | "median"
  | "perplexity"
  | "weighted_perplexity"
  | "bits_per_byte"
  | "f1"
  | "matthews_corrcoef"
  | ((values: readonly MetricValue[]) => number);

/** The value of one document: a number, or what an {@link Aggregation} takes. */
export type MetricValue = number | readonly number[];

/** A figure of a task. */
export interface MetricSpec {
  /** `acc`, `acc_norm`, `exact_match`, ..., or a name that the task's `score` gives. */
  readonly metric: string;
  /** Default: what the harness takes for that metric; "mean" for names of one's own. */
  readonly aggregation?: Aggregation;
  /** Default: what the harness says of that metric; true for names of one's own. */
  readonly higherIsBetter?: boolean;
  /** Of `exact_match`: what does not count. */
  readonly ignore?: ExactMatchOptions;
}

/** What is scored: to one request, one answer, and what the filters have made of it. */
export interface ScoredAnswer {
  /** log p of a continuation; NaN of a generated text. */
  readonly logprob: number;
  /** Whether the continuation is what greedy decoding gives; false of a generated text. */
  readonly isGreedy: boolean;
  /** What the filters hand on. Of a generated text without filters, the text. */
  readonly filtered: unknown;
  /** The answers as they came, one a repeat. */
  readonly responses: readonly (Likelihood | Continued)[];
}

/** Scores one document: a value for each metric of the task. */
export type ScoreFunction = (
  document: TaskDocument,
  answers: readonly ScoredAnswer[],
) => Readonly<Record<string, MetricValue>> | Promise<Readonly<Record<string, MetricValue>>>;

/** Where the documents are to be had. Nothing is shipped: the reader checks the licence. */
export interface DatasetSource {
  /** Name on the Hugging Face Hub. */
  readonly dataset: string;
  /** Which of its parts. */
  readonly subset?: string;
  /** Fields that the task reads. */
  readonly fields: readonly string[];
  /** As usually stated; to be checked by whoever downloads it. */
  readonly licence: string;
  /** The paper. */
  readonly paper?: string;
}

/** A benchmark. */
export interface TaskSpec {
  /** What it is called in results. */
  readonly name: string;
  /** What is asked. */
  readonly kind: TaskKind;
  /** Names of the splits: of the documents that are asked, and of those that shots are drawn from. */
  readonly splits: { readonly test: string; readonly shots?: string };
  /** Written once, before all shots. */
  readonly description?: string;
  /** The question. */
  readonly text: Field | number;
  /** Of the kinds "choice" and "partial". */
  readonly choices?: Field | readonly string[];
  /** What is right; of "continuation" and "rolling" what is predicted. */
  readonly target: Target;
  /** The beginning of an answer that is given: the model goes on from it. */
  readonly prefix?: Field;
  /** Between question and answer. Default " ". */
  readonly delimiter?: string;
  /** Behind each shot. Default: an empty line. */
  readonly separator?: string;
  /** Examples before the question. Default: no examples. */
  readonly shots?: ShotsSpec;
  /** Of the kind "generate". */
  readonly generation?: GenerationSpec;
  /** Default: one row, "none", with the first answer as it is. */
  readonly filters?: readonly FilterRow[];
  /** The figures that are wanted. */
  readonly metrics: readonly MetricSpec[];
  /** Done to each document first, of both splits. Undefined leaves it out. */
  readonly prepare?: (document: TaskDocument) => TaskDocument | undefined;
  /** Instead of the scores that the kind has. */
  readonly score?: ScoreFunction;
  /** Where its documents are to be had. */
  readonly source?: DatasetSource;
  /** The row of the report's Table 6, or of its Tables 8 and 10, that has figures of this benchmark: see `reportRow`. */
  readonly report?: BenchmarkName | { readonly safety: string };
  /** What the report did differently, as far as it says. Its prompts were not published. */
  readonly differsFromReport?: string;
  /** What judges answers where that is no arithmetic: a classifier, a runner of programs. It stands in results. */
  readonly judgedBy?: string;
  /** The harness's version of the task, where it is its task. */
  readonly version?: number;
  /** The configuration of lm-evaluation-harness that it was read from. */
  readonly configuration?: Readonly<Record<string, unknown>>;
}
