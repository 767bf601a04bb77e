/** @module */
import type { Call } from "../../answers/call.ts";
import type { Subject } from "../../answers/subject.ts";
import type { Rope, RopeQuestion } from "./question.ts";

export async function ropeOf(
  _subject: Subject,
  { prompt }: RopeQuestion["ask"],
  _call: Call,
): Promise<Rope> {
  return { prompt };
}
