/** @module */
import type { Call } from "../../answers/call.ts";
import type { Subject } from "../../answers/subject.ts";
import type { Write, WriteQuestion } from "./question.ts";

export async function writeOf(
  _subject: Subject,
  { prompt }: WriteQuestion["ask"],
  _call: Call,
): Promise<Write> {
  return { prompt };
}
