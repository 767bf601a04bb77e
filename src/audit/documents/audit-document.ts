interface About {
  readonly id: string;
  readonly source?: string;
  readonly repeats?: number;
}
export type AuditDocument = About &
  ({ readonly text: string } | { readonly ids: readonly number[] });
export function assertDocuments(_op: string, _a: string, _d: readonly AuditDocument[]): void {}

import type { Gemma } from "../../gemma.ts";
/** The tokens of a document, without BOS. Markers of turns in it are text: so are they in training data. */
export function idsOf(gemma: Gemma, document: AuditDocument): readonly number[] {
  return "text" in document ? gemma.encode(document.text).slice(1) : document.ids;
}
