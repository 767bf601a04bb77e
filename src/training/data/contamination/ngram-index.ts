/**
 * Runs of words of evaluation items, so that a text says which of them it has.
 * @module
 */
import { brief } from "../../../brief.ts";
import { assertInteger, isList } from "../../../check.ts";
import { refusals } from "../../../errors.ts";
import { assertDocument } from "../documents/assert-document.ts";
import type { TextDocument } from "../documents/document.ts";
import { ngrams, words } from "../text/words.ts";

/** Evaluation items by the name of their benchmark: all of an item that must not be learnt, its question and its answer, as one text. */
export type Benchmarks = Readonly<Record<string, readonly TextDocument[]>>;

/** One item of one benchmark. */
export interface Item {
  readonly benchmark: string;
  /** Its number, from 0. */
  readonly item: number;
  /** How many different runs it has. None, if it is shorter than a run: then nothing can be said about it. */
  readonly runs: number;
}

/** A run of words that a text and items have in common. */
export interface SharedRun {
  readonly run: string;
  /** Where it begins in the text, in words. */
  readonly at: number;
  readonly items: readonly Item[];
}

/** The runs of `n` words of all items. */
export class NgramIndex {
  readonly n: number;
  readonly items: readonly Item[];
  readonly #byRun = new Map<string, Item[]>();

  constructor(op: string, benchmarks: Benchmarks, n: number) {
    this.n = n;
    this.items = Object.entries(benchmarks).flatMap(([benchmark, texts]) =>
      texts.map((document, item) => {
        assertDocument(op, document, item, benchmark);
        const runs = new Set(ngrams(words(document.text), n));
        const entry: Item = { benchmark, item, runs: runs.size };
        for (const run of runs) this.#of(run).push(entry);
        return entry;
      }),
    );
  }

  #of(run: string): Item[] {
    const found = this.#byRun.get(run) ?? [];
    this.#byRun.set(run, found);
    return found;
  }

  /** What a text, cut into words, shares with items, in the order of the text. */
  *shared(of: readonly string[]): Generator<SharedRun> {
    let at = 0;
    for (const run of ngrams(of, this.n)) {
      const items = this.#byRun.get(run);
      if (items) yield { run, at, items };
      at++;
    }
  }
}

/** @throws {ArgumentError} unless each n is a number of words, and each benchmark a list. */
export function assertBenchmarks(op: string, benchmarks: Benchmarks, ns: readonly number[]): void {
  const refuse = refusals(op);
  if (typeof benchmarks !== "object" || benchmarks === null || isList(benchmarks)) {
    const hint = "by name: { trivia: [{ text }, ...] }";
    throw refuse.argument("benchmarks", "lists of items by name", brief(benchmarks), hint);
  }
  for (const [name, items] of Object.entries(benchmarks)) {
    if (Array.isArray(items)) continue;
    throw refuse.argument(`benchmarks.${name}`, "a list of items: { text }", brief(items));
  }
  for (const n of ns) assertInteger(op, "n", n, { from: 1, to: 1000 });
}
