/**
 * From documents to documents to learn from, in the order that makes the figures mean something: filters first, which look at a text by
 * itself; then duplicates, so that a dropped text is nobody's original; then contamination; tokens are counted in what is left.
 * @module
 */
import { assertOptions, type OptionNames } from "../../options.ts";
import {
  CONTAMINATION_NAMES,
  type ContaminationOptions,
  dropContaminated,
} from "./contamination/decontaminate.ts";
import { type DirtyItems, findDirtyItems } from "./contamination/dirty-items.ts";
import { assertBenchmarks } from "./contamination/ngram-index.ts";
import { assertDocument } from "./documents/assert-document.ts";
import type { FileOfDocuments, StageReport, TextDocument } from "./documents/document.ts";
import { amountOf, COUNTING_NAMES, type CountingOptions, numbered } from "./documents/stage.ts";
import {
  assertDuplicateOptions,
  DUPLICATE_NAMES,
  type DuplicateCluster,
  dropDuplicates,
} from "./duplicates/deduplicate.ts";
import type { DuplicateOptions } from "./duplicates/near-groups.ts";
import type { DocumentFilter } from "./filters/filter.ts";
import { assertFilters, dropFiltered } from "./filters/filter-documents.ts";
import { type PreparationReport, textsHash } from "./report.ts";

/** Options of {@link prepare}. */
export interface PrepareOptions<D extends TextDocument = TextDocument> extends CountingOptions<D> {
  /** Filters, in their order. Default: none of them. */
  readonly filters?: readonly DocumentFilter[];
  /** How duplicates are looked for; `false` leaves them. Default: as {@link DuplicateOptions} says. */
  readonly deduplicate?: DuplicateOptions | false;
  /** Which evaluation items are looked for. Default: none. */
  readonly decontaminate?: ContaminationOptions;
}

const NAMES: OptionNames<PrepareOptions> = {
  ...COUNTING_NAMES,
  filters: true,
  deduplicate: true,
  decontaminate: true,
};

/** What {@link prepare} gives. */
export interface Prepared<D extends TextDocument> {
  /** Documents to learn from, in the order in which they came. */
  readonly documents: readonly D[];
  /** What went, where and why. */
  readonly report: PreparationReport;
}

const op = "prepare";

/**
 * Filters, deduplicates and decontaminates documents, and reports what went. Where `documents` is a file that `openRows` opened, its name and hash
 * are in the report.
 * @throws {ArgumentError} if a document has no text, or an option is wrong.
 */
export async function prepare<D extends TextDocument>(
  documents: Iterable<D> | AsyncIterable<D>,
  options: PrepareOptions<D> = {},
): Promise<Prepared<D>> {
  assertOptions(op, options, NAMES);
  const { filters = [], deduplicate = {}, decontaminate, signal } = options;
  assertFilters(op, filters);
  if (deduplicate) {
    assertOptions(op, deduplicate, DUPLICATE_NAMES);
    assertDuplicateOptions(op, deduplicate);
  }
  if (decontaminate) {
    assertOptions(op, decontaminate, CONTAMINATION_NAMES);
    assertBenchmarks(op, decontaminate.benchmarks, [decontaminate.n ?? 13]);
  }

  const all = await numbered(documents, (document, i) => assertDocument(op, document, i), options);
  const stages: StageReport[] = [];
  const filtered = await dropFiltered(all, filters, options);
  stages.push(...filtered.stages);
  let { kept } = filtered;

  let clusters: readonly DuplicateCluster[] = [];
  if (deduplicate) {
    const found = await dropDuplicates(kept, deduplicate, options);
    ({ kept, clusters } = found);
    stages.push(...found.stages);
  }

  let contamination: { before: readonly DirtyItems[]; after: readonly DirtyItems[] } | undefined;
  if (decontaminate) {
    const { benchmarks, n = 13 } = decontaminate;
    const dirty = () => findDirtyItems(benchmarks, kept.map(text), { n: [...LENGTHS(n)], signal });
    const before = await dirty();
    const { kept: clean, report } = await dropContaminated(op, kept, decontaminate, options);
    kept = clean;
    stages.push(report);
    contamination = { before, after: await dirty() };
  }

  const { file } = documents as { readonly file?: FileOfDocuments };
  const rest = kept.map(text);
  const report: PreparationReport = {
    ...(file ? { file } : {}),
    before: amountOf(all),
    after: amountOf(kept),
    stages,
    clusters,
    ...(contamination ? { contamination } : {}),
    ...(deduplicate ? { seed: deduplicate.seed ?? 0 } : {}),
    sha256: textsHash(rest),
  };
  return { documents: rest, report };
}

const text = <D extends TextDocument>({ document }: { readonly document: D }) => document;

/** Items are marked by GPT-3's and by PaLM's number of words, and by that which documents are dropped by. */
const LENGTHS = (n: number) => new Set([13, 8, n]);
