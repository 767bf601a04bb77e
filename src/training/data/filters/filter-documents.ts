/**
 * Documents through filters, one filter after the other. A document is dropped by the first that finds a reason.
 * @module
 */
import { brief } from "../../../brief.ts";
import { refusals } from "../../../errors.ts";
import { assertOptions } from "../../../options.ts";
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
import type { DocumentFilter } from "./filter.ts";

/** What {@link filterDocuments} gives. */
export interface FilteredDocuments<D extends TextDocument> {
  /** Documents for which no filter has a reason to drop them, in their order. */
  readonly documents: readonly D[];
  /** For each filter, in their order, what it was given and what it dropped. */
  readonly stages: readonly StageReport[];
}

const op = "filterDocuments";

/**
 * `documents` that pass all `filters`.
 * @throws {ArgumentError} if a document has no text, or a filter is none.
 */
export async function filterDocuments<D extends TextDocument>(
  documents: Iterable<D> | AsyncIterable<D>,
  filters: readonly DocumentFilter[],
  options: CountingOptions<D> = {},
): Promise<FilteredDocuments<D>> {
  assertOptions(op, options, COUNTING_NAMES);
  assertFilters(op, filters);
  const all = await numbered(documents, (document, i) => assertDocument(op, document, i), options);
  const { kept, stages } = await dropFiltered(all, filters, options);
  return { documents: kept.map(({ document }) => document), stages };
}

/** @throws {ArgumentError} unless `filters` is a list of filters. */
export function assertFilters(op: string, filters: readonly DocumentFilter[]): void {
  const { argument: refuse } = refusals(op);
  if (!Array.isArray(filters)) throw refuse("filters", "a list of filters", brief(filters));
  for (const [i, filter] of filters.entries()) {
    const { name, check } = (filter ?? {}) as Partial<DocumentFilter>;
    if (typeof name === "string" && typeof check === "function") continue;
    const hint = typeof filter === "function" ? "call it: qualityFilter()" : undefined;
    throw refuse(`filters[${i}]`, "a filter: { name, check }", brief(filter), hint);
  }
}

/** {@link filterDocuments} of documents on their way. */
export async function dropFiltered<D extends TextDocument>(
  all: readonly Numbered<D>[],
  filters: readonly DocumentFilter[],
  telling: StageOptions<D>,
): Promise<{ readonly kept: readonly Numbered<D>[]; readonly stages: readonly StageReport[] }> {
  let kept = all;
  const stages: StageReport[] = [];
  for (const filter of filters) {
    const check = ({ document }: Numbered<D>) => filter.check(document.text);
    const { kept: rest, report } = await stage(filter.name, kept, check, telling);
    kept = rest;
    stages.push(report);
  }
  return { kept, stages };
}
