/**
 * The two kinds of file in which lm-evaluation-harness keeps a run: `results_DATE.json` with the figures of all tasks, and
 * `samples_TASK_DATE.jsonl` with a line for each document and filter. Keys are the harness's own (`result_schema.py` and
 * `loggers/evaluation_tracker.py` at 4e7e0d4), so that leaderboards and viewers take what is written here.
 * @module
 */

/**
 * The figures of a task: `alias`, `name`, `sample_len`, then `METRIC,FILTER` and `METRIC_stderr,FILTER`. NaN where there was nothing
 * to count; a standard error that has no formula is the text "N/A".
 */
export type LmEvalFigures = Readonly<Record<string, unknown>>;

/** `results_DATE.json`. Maps have a key for each task. Keys that are not listed here stay as they are. */
export interface LmEvalResults {
  /** Figures by task. */
  readonly results: Readonly<Record<string, LmEvalFigures>>;
  /** Figures of groups; they stand in `results`, too. */
  readonly groups?: Readonly<Record<string, LmEvalFigures>>;
  /** Which tasks a group is made of. */
  readonly group_subtasks: Readonly<Record<string, readonly string[]>>;
  /** The tasks, in the keys of the harness's YAML. */
  readonly configs: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** By task, the version of its prompts. */
  readonly versions: Readonly<Record<string, unknown>>;
  /** By task, examples before the question. */
  readonly "n-shot": Readonly<Record<string, unknown>>;
  /** By task and metric. */
  readonly higher_is_better: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Documents of the split, and those of them that were asked. */
  readonly "n-samples": Readonly<Record<string, unknown>>;
  readonly [key: string]: unknown;
}

/** A line of `samples_TASK_DATE.jsonl`: a document, and a way to filter its answers. Beside these keys it has each metric. */
export interface LmEvalSample {
  /** Its place in the split. */
  readonly doc_id: number;
  /** The document. */
  readonly doc: unknown;
  /** What is right, as text. */
  readonly target: unknown;
  /** `gen_args_0`, `gen_args_1`, ...: what was asked, each `arg_0` (the context) and `arg_1` (the continuation, or settings). */
  readonly arguments: unknown;
  /** By request and repeat; numbers are texts. */
  readonly resps: unknown;
  /** What the filters have made of `resps`. */
  readonly filtered_resps: unknown;
  /** The name of the filter. */
  readonly filter: string;
  /** Names of the metrics of this line. */
  readonly metrics: readonly string[];
  /** SHA-256 of the document as JSON. */
  readonly doc_hash?: string;
  /** SHA-256 of the first prompt. */
  readonly prompt_hash?: string;
  /** SHA-256 of the target as text. */
  readonly target_hash?: string;
  readonly [metric: string]: unknown;
}

/** The value of a metric of one document: a number, or the numbers that its mean takes. */
export type LmEvalValue = number | readonly number[];
