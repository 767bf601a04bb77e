/**
 * What an evaluation gives: figures, and every document with what was asked, answered and scored. Nothing is lost that the
 * harness's `results_*.json` and `samples_*.jsonl` hold.
 * @module
 */
import type {
  Continued,
  GenerateRequest,
  Likelihood,
  LoglikelihoodRequest,
  RollingLikelihood,
} from "../requests/request.ts";
import type { MetricValue, TaskDocument, TaskSpec } from "./spec.ts";

/** A whole text, of a rolling task. */
export interface RollingRequest {
  /** All of it is predicted. */
  readonly text: string;
}

/** What was asked about a document. */
export type TaskRequest = LoglikelihoodRequest | GenerateRequest | RollingRequest;

/** What was answered. */
export type TaskAnswer = Likelihood | RollingLikelihood | Continued;

/** A document, and a way to filter its answers. */
export interface Sample {
  /** Its place in the split. */
  readonly id: number;
  /** As `prepare` has left it. */
  readonly document: TaskDocument;
  /** What is right: a text, the index of a choice, or a list of either. */
  readonly target: unknown;
  /** What was asked: one request, or one a choice. */
  readonly requests: readonly TaskRequest[];
  /** To each request, one answer a repeat. */
  readonly responses: readonly (readonly TaskAnswer[])[];
  /** What the filters have made of the answers to each request; of likelihoods `[logprob, isGreedy]`. */
  readonly filtered: readonly unknown[];
  /** The name of the row of filters; "none" without filters. */
  readonly filter: string;
  /** By the name of the metric. */
  readonly metrics: Readonly<Record<string, MetricValue>>;
  /** SHA-256 of the document as JSON, of the first prompt, of the target as Python writes it: the harness's `doc_hash` and its kin. */
  readonly hashes: { readonly document: string; readonly prompt: string; readonly target: string };
  /** Tokens that were cut from its requests because they were too long. */
  readonly truncated: number;
  /** Whether in one of them a token spans the end of the context and the beginning of the answer. */
  readonly joined: boolean;
}

/** A figure. */
export interface MetricResult {
  /** `acc`, `exact_match`, ... */
  readonly metric: string;
  /** The name of the row of filters; "none" without filters. */
  readonly filter: string;
  /** NaN where there is nothing to count, as for a category of BBQ without documents. */
  readonly value: number;
  /** Its standard error; undefined where there is no formula for it. */
  readonly error: number | undefined;
  /** The direction in which it is better. */
  readonly higherIsBetter: boolean;
}

/** How the prompts were written. */
export interface PromptStyle {
  /** Examples before each question. */
  readonly shots: number;
  /** The name of the chat format; undefined for plain text. */
  readonly chat: string | undefined;
  /** Whether shots were turns of a chat, or stood in one. */
  readonly shotsAsTurns: boolean;
  /** What stood before everything. */
  readonly system: string | undefined;
}

/** A task that was run. */
export interface TaskResult {
  /** What was run, with the shots that were asked for. */
  readonly task: TaskSpec;
  /** The figures. */
  readonly metrics: readonly MetricResult[];
  /** Filter by filter, documents in their order. */
  readonly samples: readonly Sample[];
  /** In the split, and those of them that were asked. */
  readonly documents: { readonly original: number; readonly effective: number };
  /** How the prompts were written: without it figures cannot be compared. */
  readonly prompt: PromptStyle;
  /** Lists that were drawn for the errors that take a bootstrap. */
  readonly bootstrap: number;
  /** SHA-256 of the hashes of all samples: the harness's `task_hashes`. */
  readonly hash: string;
  /** Requests of which something was cut, and those with a token across the join. */
  readonly marked: { readonly truncated: number; readonly joined: number };
}
