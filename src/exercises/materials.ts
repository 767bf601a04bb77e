/**
 * What cases are made of: goldens of Google's code, weights as plain rows, and the parts of a right Gemma.
 * @module
 */
import type { NpyArray } from "../checkpoint/numpy/npy.ts";
import { refusals } from "../errors.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import type { EnumerablePolicy } from "./enumerable.ts";
import type { PlainModel } from "./gemma.ts";
import type { Parts, Row, Rows, Step } from "./parts.ts";

/** A file of goldens (fixtures/README.md), as rows of float64. */
export class GoldenArrays {
  readonly #file: string;
  readonly #arrays: ReadonlyMap<string, NpyArray>;

  /** @param file for messages. */
  constructor(file: string, arrays: ReadonlyMap<string, NpyArray>) {
    this.#file = file;
    this.#arrays = arrays;
  }

  /** An array, its last axis as rows: [T, N, H] has T·N of them. */
  rows(name: string): Rows {
    const { data, shape } = this.#of(name);
    const width = shape[shape.length - 1] ?? 1;
    const numbers = Float64Array.from(data as ArrayLike<number>);
    return Array.from({ length: numbers.length / width }, (_, l) =>
      numbers.slice(l * width, (l + 1) * width),
    );
  }

  /** All numbers of an array. */
  numbers(name: string): Row {
    return Float64Array.from(this.#of(name).data as ArrayLike<number>);
  }

  shape(name: string): readonly number[] {
    return this.#of(name).shape;
  }

  #of(name: string): NpyArray {
    const array = this.#arrays.get(name);
    if (array) return array;
    throw refusals("exercise", this.#file).format(name, "an array of this name", "none");
  }
}

/** A text, and the pieces that SentencePiece cuts it into; ▁ stands for a blank. */
export interface Pieces {
  readonly text: string;
  readonly pieces: readonly string[];
}

/** What an audit of a model knows (fixtures/evaluation/README.md). */
export interface AuditGoldens {
  /** Two lists of ids, and the edits between them, as two other programs count them. */
  readonly edits: readonly {
    readonly a: readonly number[];
    readonly b: readonly number[];
    readonly distance: number;
  }[];
  /** By Google's code: the probability of a document's own tokens, and that they come among so many answers. */
  readonly chances: readonly { readonly p: number; readonly in: readonly [number, number][] }[];
  /** By Google's code: the rank of a secret among 10,000, and its exposure. */
  readonly canaries: readonly {
    readonly secret: string;
    readonly rank: number;
    readonly exposure: number;
  }[];
}

/** A prompt, and what Google's code says after it in float64. */
export interface Greedy {
  readonly prompt: string;
  readonly ids: readonly number[];
  readonly continuation: readonly number[];
  readonly text: string;
}

/** All that cases need. */
export interface Materials {
  /** `ops.npz`. */
  readonly ops: GoldenArrays;
  /** `learning/ops-grad.npz`: operators with their gradients, and steps of AdamW. */
  readonly gradients: GoldenArrays;
  /** A nano model with K = 2 of N = 6 heads, and the intermediates of seven tokens. */
  readonly nano: { readonly model: PlainModel; readonly trace: GoldenArrays };
  /** The bundled model, Google's logits for `ids`, and greedy continuations. */
  readonly tiny: {
    readonly model: PlainModel;
    readonly tokenizer: Tokenizer;
    readonly ids: readonly number[];
    readonly logits: Rows;
    readonly greedy: readonly Greedy[];
    /** The bundled model with an empty cache. */
    step(parts: Parts): Step;
  };
  readonly pieces: readonly Pieces[];
  /** A policy of 400 answers, all of them written out. */
  policy(): EnumerablePolicy;
  readonly audit: AuditGoldens;
  /** What exercises are built on that come after others: all parts, right. */
  readonly right: Parts;
}

/** A row of the numbers that are given. */
export function row(...numbers: readonly number[]): Row {
  return Float64Array.from(numbers);
}

/** Copies, for arguments that may be spoilt. */
export function copied(rows: Rows): Row[] {
  return rows.map((one) => one.slice());
}
