/**
 * Duplicates among what is audited. A document that stands in the corpus ten times is learnt by heart, and drawn ten times; and a control
 * that shares text with the documents is none. So both are counted before anything is asked.
 * @module
 */
import { assertOptions } from "../../options.ts";
import { findDirtyItems } from "../../training/data/contamination/dirty-items.ts";
import { deduplicate } from "../../training/data/duplicates/deduplicate.ts";

/** A text by its name. */
export interface NamedText {
  /** Its name. */
  readonly id: string;
  /** What it says. */
  readonly text: string;
}

/** Documents that say what others say. */
export interface AuditDuplicates {
  /** Documents that are another's copy: in NFKC and lower case, runs of whitespace as one space. */
  readonly exact: number;
  /** Documents of which at least half of the shingles of five words are another's (Jaccard). */
  readonly near: number;
  /** Ids of those that are alike, each list with the first of them before the others. */
  readonly groups: readonly (readonly string[])[];
  /** Ids of the control's documents that share 13 words in a row with a document (GPT-3's measure, arXiv:2005.14165). */
  readonly sharedControl: readonly string[];
}

/** Counts duplicates among `documents`, and documents of the control that share text with them. */
export async function auditDuplicates(
  documents: readonly NamedText[],
  control: readonly NamedText[] = [],
  options: { readonly signal?: AbortSignal } = {},
): Promise<AuditDuplicates> {
  assertOptions("auditDuplicates", options, { signal: true });
  const { signal } = options;
  const { clusters } = await deduplicate(documents, { signal });
  const dropped = clusters.flatMap((cluster) => cluster.dropped);
  const exact = dropped.filter(({ kind }) => kind === "exact").length;
  const groups = clusters.map(({ kept, dropped }) =>
    [kept, ...dropped.map(({ document }) => document)].map((i) => documents[i].id),
  );
  const texts = control.map(({ text }) => ({ text }));
  const [dirty] =
    control.length === 0
      ? [{ dirty: [] }]
      : await findDirtyItems({ control: texts }, documents, { n: [13], signal });
  const sharedControl = dirty.dirty.map((i) => control[i].id);
  return { exact, near: dropped.length - exact, groups, sharedControl };
}
