/** @module */
import type { Call } from "../../answers/call.ts";
import type { Subject } from "../../answers/subject.ts";
import type { Geglu, GegluQuestion } from "./question.ts";

export async function gegluOf(
  _subject: Subject,
  { prompt }: GegluQuestion["ask"],
  _call: Call,
): Promise<Geglu> {
  return { prompt };
}
