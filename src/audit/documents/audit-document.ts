/** What is audited: documents, as texts or as token ids. @module */
import { brief } from "../../brief.ts";
import { assertIdsBelow, isList } from "../../check.ts";
import { refusals } from "../../errors.ts";
import type { Gemma } from "../../gemma.ts";

/** What is known of a document besides its text. */
export interface AboutDocument {
  /** Its name in rows and reports, once in an audit. */
  readonly id: string;
  /** Where it comes from: rates are told for each source. Default "all". */
  readonly source?: string;
  /** How often it was in the training data, if that is known; 0 is never. */
  readonly repeats?: number;
}

/** A document: its text, or its token ids without BOS. */
export type AuditDocument = AboutDocument &
  ({ readonly text: string } | { readonly ids: readonly number[] });

/** The tokens of a document, without BOS. Markers of turns in a text are text, as in training data. */
export function idsOf(gemma: Gemma, document: AuditDocument): readonly number[] {
  return "text" in document ? gemma.encode(document.text).slice(1) : document.ids;
}

/** @throws {ArgumentError} unless each has an id of its own, and a text or ids of a vocabulary of `vocabSize`. */
export function assertDocuments(
  op: string,
  argument: string,
  documents: readonly AuditDocument[],
  vocabSize: number,
): void {
  const refuse = refusals(op);
  if (!isList(documents)) {
    const hint = "a file's come from documentsFrom(openRows(file))";
    throw refuse.argument(argument, "a list of documents", brief(documents), hint);
  }
  const seen = new Map<string, number>();
  for (let i = 0; i < documents.length; i++) {
    const own = Object(documents[i]) as Partial<AboutDocument> & { text?: unknown; ids?: never };
    const { id, source, repeats, text } = own;
    const at = `${argument}[${i}]`;
    if (typeof id !== "string") {
      throw refuse.argument(`${at}.id`, "a text, its name in the report", brief(id));
    }
    if (seen.has(id)) {
      const got = `${brief(id)}, as documents ${seen.get(id)} and ${i} have it`;
      throw refuse.argument(`${at}.id`, "each id once", got);
    }
    seen.set(id, i);
    if (source !== undefined && typeof source !== "string") {
      throw refuse.argument(`${at}.source`, "a text", brief(source));
    }
    if (repeats !== undefined && !(Number.isInteger(repeats) && repeats >= 0)) {
      throw refuse.argument(`${at}.repeats`, "an integer from 0", brief(repeats));
    }
    if ("ids" in own && text === undefined)
      assertIdsBelow(op, own.ids ?? [], vocabSize, `${at}.ids`);
    else if (typeof text !== "string") throw refuse.argument(`${at}.text`, "a text", brief(text));
  }
}
