/** @module */
import type { Call } from "../../answers/call.ts";
import type { Subject } from "../../answers/subject.ts";
import type { Attribution, AttributionQuestion } from "./question.ts";

export async function attributionOf(
  _subject: Subject,
  { prompt }: AttributionQuestion["ask"],
  _call: Call,
): Promise<Attribution> {
  return { prompt };
}
