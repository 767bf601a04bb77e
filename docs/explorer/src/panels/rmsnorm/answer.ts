/** @module */
import type { Call } from "../../answers/call.ts";
import type { Subject } from "../../answers/subject.ts";
import type { RmsNorm, RmsNormQuestion } from "./question.ts";

export async function rmsNormOf(
  _subject: Subject,
  { prompt }: RmsNormQuestion["ask"],
  _call: Call,
): Promise<RmsNorm> {
  return { prompt };
}
