/** @module */
import type { Call } from "../../answers/call.ts";
import type { Subject } from "../../answers/subject.ts";
import type { Precision, PrecisionQuestion } from "./question.ts";

export async function precisionOf(
  _subject: Subject,
  { prompt }: PrecisionQuestion["ask"],
  _call: Call,
): Promise<Precision> {
  return { prompt };
}
