/**
 * The report of a preparation: what came in, what went and why, what is left. It is plain JSON; {@link preparationText} is for readers.
 * @module
 */
import { RunningSha256 } from "../../source/sha256.ts";
import { formatCount, table } from "../../table.ts";
import type { DirtyItems } from "./contamination/dirty-items.ts";
import type { Amount, FileOfDocuments, StageReport, TextDocument } from "./documents/document.ts";
import type { DuplicateCluster } from "./duplicates/deduplicate.ts";

/** What a preparation did. */
export interface PreparationReport {
  /** Where the documents came from, if that is a file. */
  readonly file?: FileOfDocuments;
  /** What came in. */
  readonly before: Amount;
  /** What is left. */
  readonly after: Amount;
  /** The steps, in their order. */
  readonly stages: readonly StageReport[];
  /** Documents that are alike. */
  readonly clusters: readonly DuplicateCluster[];
  /** Evaluation items that were in the documents, before those that repeat one were dropped, and after. */
  readonly contamination?: {
    /** By benchmark and n. */
    readonly before: readonly DirtyItems[];
    /** By benchmark and n. */
    readonly after: readonly DirtyItems[];
  };
  /** The seed of the hash functions that found near duplicates. */
  readonly seed?: number;
  /** SHA-256 of what is left: of `{"text":…}` for each document, each on a line. Equal hashes are equal data. */
  readonly sha256: string;
}

/** The hash of what is left. */
export function textsHash(documents: Iterable<TextDocument>): string {
  const hash = new RunningSha256();
  for (const { text } of documents) hash.update(`${JSON.stringify({ text })}\n`);
  return hash.digest();
}

/** What stands before the name of a file. */
const FOLDERS = /^.*[\\/]/;

/** A report for readers: a line a step, a line a rule, and what evaluation items are in what is left. */
export function preparationText(report: PreparationReport): string {
  const { file, before, after, stages, contamination, seed, sha256 } = report;
  const counted = before.tokens !== undefined;
  const row = (name: string, went: number | undefined, { documents, tokens }: Amount) => [
    name,
    went === undefined ? "" : `-${formatCount(went)}`,
    formatCount(documents),
    ...(counted ? [formatCount(tokens ?? 0)] : []),
  ];
  const rows = [["", "dropped", "documents", ...(counted ? ["tokens"] : [])]];
  rows.push(row(file?.name.replace(FOLDERS, "") ?? "in", undefined, before));
  for (const stage of stages) {
    rows.push(row(stage.name, stage.before.documents - stage.after.documents, stage.after));
    for (const [rule, count] of Object.entries(stage.reasons)) {
      if (rule !== stage.name) rows.push([`  ${rule}`, formatCount(count)]);
    }
  }
  rows.push(row("left", before.documents - after.documents, after));

  const lines = (contamination?.before ?? []).map(({ benchmark, n, items, dirty }, i) => {
    const left = contamination?.after[i].dirty.length ?? 0;
    return `${benchmark}: ${dirty.length} of ${items} items were in it by ${n} words, ${left} are left\n`;
  });
  const made = [
    ...(file ? [`read    sha256 ${file.sha256}\n`] : []),
    `left    sha256 ${sha256}\n`,
    ...(seed === undefined ? [] : [`seed    ${seed}\n`]),
  ];
  return [table(rows, counted ? "lrrr" : "lrr"), ...lines, ...made].join("");
}
