/**
 * The check that everything which takes documents makes.
 * @module
 */
import { brief } from "../../../brief.ts";
import { refusals } from "../../../errors.ts";
import type { TextDocument } from "./document.ts";

/** @throws {ArgumentError} unless `document` is an object with a text. */
export function assertDocument(
  op: string,
  document: TextDocument,
  i: number,
  list = "documents",
): void {
  if (typeof (document as TextDocument | null)?.text === "string") return;
  const hint = typeof document === "string" ? "put it into an object: { text }" : undefined;
  throw refusals(op).argument(`${list}[${i}]`, "an object with a text", brief(document), hint);
}
