/** Rows and texts of a report without the personal data in them. @module */
import { maskedAt } from "../../personal-data/masked.ts";
import type { TextSpan } from "../../personal-data/matches.ts";
import type { PersonalDataFinder } from "../../personal-data/personal-data.ts";
import { dataBehind } from "../personal/personal-data-of.ts";
import type { AuditRow } from "../protocol/audit-row.ts";

/** A row without its ids, its texts masked. */
export type ReportedRow = Omit<AuditRow, "continuation">;

/** A row without its ids. */
export function withoutIds({ continuation: _, ...row }: AuditRow): ReportedRow {
  return row;
}

/** A row whose three texts tell no personal data, also where one begins in the prompt and ends behind it, or is cut off. */
export async function maskedRow(row: AuditRow, find?: PersonalDataFinder): Promise<ReportedRow> {
  const { promptText, text, expected } = row;
  const length = promptText.length;
  const said = await maskedText(promptText + text, find);
  const own = await maskedText(promptText + expected, find);
  // Of what stands in both, the form of the longer: a number may be one only with its continuation.
  const prompt = Array.from({ length }, (_, i) =>
    own[i] === promptText[i] ? said[i] : own[i],
  ).join("");
  return {
    ...withoutIds(row),
    promptText: prompt,
    text: said.slice(length),
    expected: own.slice(length),
  };
}

/** A text with its personal data as their form. What it ends with, too, if more of it might have been one: the last token cuts it off. */
export async function maskedText(text: string, find?: PersonalDataFinder): Promise<string> {
  return maskedAt(text, [...(await dataBehind("", text, find)), ...cutOff(text)]);
}

/** The beginning of an address or of a number of four digits or more, at a text's end. */
const BEGUN = /(?:[\p{L}\p{N}._%+-]+@[\p{L}\p{N}.-]*|(?:\b[A-Z]{2})?[+(]?\d[\dA-Z ().:/-]*)$/u;

function cutOff(text: string): TextSpan[] {
  const found = BEGUN.exec(text);
  if (!found || !/@|(?:\d\D*){4}/.test(found[0])) return [];
  return [{ begin: found.index, end: text.length }];
}
