/** Documents from a file of rows. @module */
import { brief } from "../../brief.ts";
import { refusals } from "../../errors.ts";
import type { TextRow } from "../../training/data/rows/row.ts";
import type { AuditDocument } from "./audit-document.ts";

/**
 * The documents of rows `{ "text", "id"?, "source"?, "repeats"? }`, as `openRows(file, { kind: "text" })` of gemma-reference/training/data reads
 * them; other fields are left alone. A row without an id has its number, from 1.
 * @throws {FormatError} naming the line, if a field is not what it should be.
 */
export async function documentsFrom(
  rows: Iterable<TextRow> | AsyncIterable<TextRow>,
): Promise<AuditDocument[]> {
  const documents: AuditDocument[] = [];
  for await (const { text, where, other } of rows) {
    const refuse = refusals("documentsFrom", where);
    const { id = documents.length + 1, source, repeats } = other;
    if (typeof id !== "string" && typeof id !== "number") {
      throw refuse.format("id", "a text or a number", brief(id));
    }
    if (source !== undefined && typeof source !== "string") {
      throw refuse.format("source", "a text", brief(source));
    }
    if (repeats !== undefined && !(Number.isInteger(repeats) && Number(repeats) >= 0)) {
      throw refuse.format("repeats", "an integer from 0", brief(repeats));
    }
    documents.push({
      id: `${id}`,
      text,
      ...(source === undefined ? {} : { source }),
      ...(repeats === undefined ? {} : { repeats: Number(repeats) }),
    });
  }
  return documents;
}
