/** @module */
import type { Call } from "../../answers/call.ts";
import type { Subject } from "../../answers/subject.ts";
import type { Break, BreakQuestion } from "./question.ts";

export async function breakOf(
  _subject: Subject,
  { prompt }: BreakQuestion["ask"],
  _call: Call,
): Promise<Break> {
  return { prompt };
}
