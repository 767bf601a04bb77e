/**
 * Contamination, second direction: evaluation items that were in the training data are marked, and scores told apart by them (as
 * EleutherAI's harness does, and the reports of GPT-3 and PaLM). The other direction is decontaminate.ts; the two are often taken for one.
 * @module
 */
import { brief } from "../../../brief.ts";
import { isList } from "../../../check.ts";
import { refusals } from "../../../errors.ts";
import { assertOptions, type OptionNames } from "../../../options.ts";
import { assertDocument } from "../documents/assert-document.ts";
import type { TextDocument } from "../documents/document.ts";
import { inTurns } from "../documents/stage.ts";
import { words } from "../text/words.ts";
import { assertBenchmarks, type Benchmarks, type Item, NgramIndex } from "./ngram-index.ts";

/** Options of {@link findDirtyItems}. */
export interface DirtyOptions {
  /** Words in a row, each looked for by itself. Default 13 and 8. */
  readonly n?: readonly number[];
  /** The share of an item's runs that makes it dirty. Default: any run at all does. PaLM: 0.7, at n = 8. */
  readonly share?: number;
  /** Ends the work, with its reason. */
  readonly signal?: AbortSignal;
}

const NAMES: OptionNames<DirtyOptions> = { n: true, share: true, signal: true };

/** The items of one benchmark, by one n. */
export interface DirtyItems {
  /** The benchmark's name. */
  readonly benchmark: string;
  /** Words in a row. */
  readonly n: number;
  /** How many items it has. */
  readonly items: number;
  /** Items of fewer than n words, of which nothing can be said. They count as clean. */
  readonly tooShort: number;
  /** The numbers of those that were found, ascending. */
  readonly dirty: readonly number[];
}

/**
 * Which evaluation items are in the documents: for each benchmark and each n.
 * @throws {ArgumentError} if a document or an item has no text, or an option is wrong.
 */
export async function findDirtyItems(
  benchmarks: Benchmarks,
  documents: Iterable<TextDocument> | AsyncIterable<TextDocument>,
  options: DirtyOptions = {},
): Promise<readonly DirtyItems[]> {
  const op = "findDirtyItems";
  assertOptions(op, options, NAMES);
  const { n: ns = [13, 8], share = 0, signal } = options;
  if (!isList(ns)) {
    throw refusals(op).argument("n", "a list of numbers of words: [13, 8]", brief(ns));
  }
  assertBenchmarks(op, benchmarks, ns);
  if (!(share >= 0 && share <= 1)) {
    throw refusals(op).argument("share", "a share, from 0 to 1", brief(share));
  }
  const indexes = ns.map((n) => new NgramIndex(op, benchmarks, n));
  const found = indexes.map(() => new Map<Item, Set<string>>());
  await inTurns(documents, signal, (document, i) => {
    assertDocument(op, document, i);
    const of = words(document.text);
    for (const [k, index] of indexes.entries()) {
      for (const { run, items } of index.shared(of)) {
        for (const item of items) found[k].set(item, (found[k].get(item) ?? new Set()).add(run));
      }
    }
  });
  return Object.keys(benchmarks).flatMap((benchmark) =>
    indexes.map(({ n, items }, k) => {
      const own = items.filter((item) => item.benchmark === benchmark);
      const isDirty = (item: Item) => {
        const runs = found[k].get(item)?.size ?? 0;
        return runs > 0 && runs >= share * item.runs;
      };
      const dirty = own.filter(isDirty).map(({ item }) => item);
      const tooShort = own.filter(({ runs }) => runs === 0).length;
      return { benchmark, n, items: own.length, tooShort, dirty };
    }),
  );
}

/** A mean over some items. */
export interface MeanScore {
  /** How many. */
  readonly items: number;
  /** NaN where there are none. */
  readonly mean: number;
}

/**
 * Mean scores of all items, of clean ones and of dirty ones. That dirty items score higher is a hint that they were learnt by heart, and no
 * proof: they may be easier, as what is on many pages often is.
 * @param scores one for each item, in their order: 1 and 0 for right and wrong, or any other figure.
 * @throws {ArgumentError} unless there are as many scores as items.
 */
export function scoresByContamination(
  scores: ArrayLike<number>,
  { items, dirty }: Pick<DirtyItems, "items" | "dirty">,
): { readonly all: MeanScore; readonly clean: MeanScore; readonly dirty: MeanScore } {
  if (!isList(scores) || scores.length !== items) {
    const got = isList(scores) ? scores.length : brief(scores);
    throw refusals("scoresByContamination").argument("scores", `${items} numbers`, got);
  }
  const isDirty = new Set(dirty);
  const of = (part: readonly number[]) => ({
    items: part.length,
    mean: part.reduce((sum, score) => sum + score, 0) / part.length,
  });
  const all = Array.from(scores);
  return {
    all: of(all),
    clean: of(all.filter((_, i) => !isDirty.has(i))),
    dirty: of(all.filter((_, i) => isDirty.has(i))),
  };
}
