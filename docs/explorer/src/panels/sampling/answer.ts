/** @module */
import type { Call } from "../../answers/call.ts";
import type { Subject } from "../../answers/subject.ts";
import type { Sampling, SamplingQuestion } from "./question.ts";

export async function samplingOf(
  _subject: Subject,
  { prompt }: SamplingQuestion["ask"],
  _call: Call,
): Promise<Sampling> {
  return { prompt };
}
