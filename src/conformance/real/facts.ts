/**
 * What others have measured on a released model, as vectors: numbers that anybody with the weights can hold an engine
 * against, each with its source.
 * @module
 */
import type { Accuracy } from "../../backend/backend.ts";
import { brief } from "../../brief.ts";
import { refusals } from "../../errors.ts";
import { parseJsonObject } from "../../source/json.ts";

/** How far a number may be off, absolutely, by accuracy class. A class without one is not judged. */
export type Bars = Readonly<Partial<Record<Accuracy, number>>>;

interface AnyFact {
  /** `t4.gemma-2b.logits.france`. */
  readonly id: string;
  readonly note: string;
  /** A key of {@link Facts.sources}. */
  readonly source: string;
  /** Ids of known bugs that it tells. */
  readonly hunts?: readonly string[];
}

/** The largest logits of the last position, the largest first. */
export interface TopFact extends AnyFact {
  readonly kind: "top";
  readonly ids: readonly number[];
  readonly top: readonly (readonly [id: number, logit: number])[];
  readonly bars: Bars;
}

/** Single numbers of an output: at a position, in a column. */
export interface NumbersFact extends AnyFact {
  readonly kind: "numbers";
  readonly ids: readonly number[];
  readonly tap: "logits" | "ln_final.hook_out";
  readonly numbers: readonly (readonly [position: number, column: number, value: number])[];
  readonly bars: Bars;
}

/** The mean of all logits at each position. */
export interface MeansFact extends AnyFact {
  readonly kind: "means";
  readonly ids: readonly number[];
  readonly means: readonly number[];
  readonly bars: Bars;
}

/** A text that the model goes on with, token by token the most probable. */
export interface GreedyFact extends AnyFact {
  readonly kind: "greedy";
  /** BOS is put before it. */
  readonly prompt: string;
  readonly text: string;
  /** The class that it was computed in. */
  readonly accuracy: Accuracy;
}

/** The ids of a text by the model's own tokenizer, without BOS; or the text of ids. */
export interface TokensFact extends AnyFact {
  readonly kind: "encode" | "decode";
  readonly text: string;
  readonly ids: readonly number[];
}

export type Fact = TopFact | NumbersFact | MeansFact | GreedyFact | TokensFact;

/** The file: facts of one model. */
export interface Facts {
  readonly format: "gemma-reference-facts";
  readonly protocol: 1;
  readonly version: string;
  /** Its name on Hugging Face, and what tells it from another. */
  readonly model: string;
  readonly shape: {
    readonly vocabSize: number;
    readonly hiddenSize: number;
    readonly numHiddenLayers: number;
  };
  readonly licence: string;
  readonly sources: Readonly<Record<string, string>>;
  readonly vectors: readonly Fact[];
}

/**
 * The facts in a file.
 * @throws {FormatError} if it has none.
 * @throws {UnsupportedError} if it is of a later kind.
 */
export function readFacts(bytes: Uint8Array, file: string): Facts {
  const op = "readFacts";
  const facts = parseJsonObject(bytes, op, file) as unknown as Facts;
  const refuse = refusals(op, file);
  if (facts.format !== "gemma-reference-facts") {
    throw refuse.format("format", '"gemma-reference-facts"', brief(facts.format));
  }
  if (facts.protocol === 1) return facts;
  const hint = "a newer gemma-reference reads it";
  throw refuse.unsupported("protocol", "1", brief(facts.protocol), hint);
}
