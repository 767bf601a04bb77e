/** @module */
import type { Call } from "../../answers/call.ts";
import type { Subject } from "../../answers/subject.ts";
import type { Off, OffQuestion } from "./question.ts";

export async function offOf(
  _subject: Subject,
  { prompt }: OffQuestion["ask"],
  _call: Call,
): Promise<Off> {
  return { prompt };
}
