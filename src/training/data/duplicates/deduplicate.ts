/**
 * Duplicates: of texts that are equal, and of texts that are nearly so, the first is kept. Repeated texts are learnt by heart (Lee
 * et al. 2021, arXiv:2107.06499), and a copy of a training text among those for validation makes its loss look better than it is.
 *
 * - **Exact**: the same SHA-256 once both are in NFKC and lower case, runs of whitespace one space.
 * - **Near**: shingles of five words of which at least half are common to both (Jaccard). Signs like + and − are words (text/signed-words.ts), and
 *   texts too short for a shingle are near to none. MinHash finds pairs that may be such (minhash.ts), and
 *   each pair is then compared in full. What is near to a text that is near to another is of one cluster with both.
 *
 * All texts are in memory, with about 1.5 KB more for each.
 * @module
 */
import { assertInteger, numberGot, POSITIVE } from "../../../check.ts";
import { refusals } from "../../../errors.ts";
import { assertOptions, type OptionNames } from "../../../options.ts";
import { sha256Hex } from "../../../source/sha256.ts";
import { assertDocument } from "../documents/assert-document.ts";
import type { StageReport, TextDocument } from "../documents/document.ts";
import {
  COUNTING_NAMES,
  type CountingOptions,
  type Numbered,
  numbered,
  type StageOptions,
  stage,
} from "../documents/stage.ts";
import { type DuplicateOptions, nearGroups } from "./near-groups.ts";
import { normalised } from "./normalised.ts";

export const DUPLICATE_NAMES: OptionNames<DuplicateOptions> = {
  shingle: true,
  threshold: true,
  bands: true,
  rows: true,
  seed: true,
};

/** Options of {@link deduplicate}. */
export interface DeduplicateOptions<D extends TextDocument = TextDocument>
  extends DuplicateOptions,
    CountingOptions<D> {}

/** Documents that are alike. */
export interface DuplicateCluster {
  /** The number of the one that is kept. */
  readonly kept: number;
  /** The others. */
  readonly dropped: readonly {
    /** Its number. */
    readonly document: number;
    /** Whether it is the same, or nearly. */
    readonly kind: "exact" | "near";
    /** To the nearest of the cluster; 1 where it is the same. */
    readonly similarity: number;
  }[];
}

/** What {@link deduplicate} gives. */
export interface Deduplicated<D extends TextDocument> {
  /** The first of each cluster, and all that are alone, in their order. */
  readonly documents: readonly D[];
  /** Who is like whom. */
  readonly clusters: readonly DuplicateCluster[];
  /** What went as exact duplicates, and then as near ones. */
  readonly stages: readonly StageReport[];
}

const op = "deduplicate";

/**
 * `documents` without those that came before, or nearly.
 * @throws {ArgumentError} if a document has no text, or an option is no number of its range.
 */
export async function deduplicate<D extends TextDocument>(
  documents: Iterable<D> | AsyncIterable<D>,
  options: DeduplicateOptions<D> = {},
): Promise<Deduplicated<D>> {
  assertOptions(op, options, { ...DUPLICATE_NAMES, ...COUNTING_NAMES });
  assertDuplicateOptions(op, options);
  const all = await numbered(documents, (document, i) => assertDocument(op, document, i), options);
  const { kept, ...rest } = await dropDuplicates(all, options, options);
  return { documents: kept.map(({ document }) => document), ...rest };
}

/** @throws {ArgumentError} if an option is no number of its range. */
export function assertDuplicateOptions(op: string, options: DuplicateOptions): void {
  const { threshold = 0.5, seed = 0 } = options;
  for (const name of ["shingle", "bands", "rows"] as const) {
    assertInteger(op, name, options[name] ?? 1, POSITIVE);
  }
  assertInteger(op, "seed", seed, { from: 0, to: 2 ** 32 - 1 });
  if (typeof threshold === "number" && threshold > 0) return;
  throw refusals(op).argument("threshold", "a number above 0, such as 0.5", numberGot(threshold));
}

/** {@link deduplicate} of documents on their way. */
export async function dropDuplicates<D extends TextDocument>(
  all: readonly Numbered<D>[],
  options: DuplicateOptions,
  telling: StageOptions<D>,
): Promise<{
  readonly kept: readonly Numbered<D>[];
  readonly clusters: readonly DuplicateCluster[];
  readonly stages: readonly StageReport[];
}> {
  const { threshold = 0.5 } = options;
  const clusters = new Map<number, DuplicateCluster["dropped"][number][]>();
  const record = (kept: number, dropped: DuplicateCluster["dropped"][number]) => {
    clusters.set(kept, [...(clusters.get(kept) ?? []), dropped]);
  };

  const firsts = new Map<string, number>();
  const exact = await stage(
    "exact duplicate",
    all,
    ({ document, index }) => {
      const hash = sha256Hex(normalised(document.text));
      const of = firsts.get(hash);
      if (of === undefined) {
        firsts.set(hash, index);
        return undefined;
      }
      record(of, { document: index, kind: "exact", similarity: 1 });
      return { filter: "exact duplicate", rule: "same text", value: 1, threshold: 1, of };
    },
    telling,
  );

  const { groups, nearest } = await nearGroups(exact.kept, options, telling.signal);
  const near = await stage(
    "near duplicate",
    exact.kept,
    ({ index }, at) => {
      const first = groups.first(at);
      if (first === at) return undefined;
      const of = exact.kept[first].index;
      record(of, { document: index, kind: "near", similarity: nearest[at] });
      const found = { rule: "similarity", value: nearest[at], threshold, of };
      return { filter: "near duplicate", ...found };
    },
    telling,
  );

  const list = Array.from(clusters, ([kept, dropped]) => ({ kept, dropped }));
  return {
    kept: near.kept,
    clusters: merged(list).sort((a, b) => a.kept - b.kept),
    stages: [exact.report, near.report],
  };
}

/** A cluster whose first is itself near to another belongs to that one's. */
function merged(clusters: readonly DuplicateCluster[]): DuplicateCluster[] {
  const under = new Map<number, number>();
  for (const { kept, dropped } of clusters) {
    for (const { document } of dropped) under.set(document, kept);
  }
  const all = new Map<number, DuplicateCluster["dropped"][number][]>();
  for (const { kept, dropped } of clusters) {
    const first = under.get(kept) ?? kept;
    all.set(first, [...(all.get(first) ?? []), ...dropped]);
  }
  return Array.from(all, ([kept, dropped]) => ({
    kept,
    dropped: dropped.sort((a, b) => a.document - b.document),
  }));
}
