/** @module */
import type { Call } from "../../answers/call.ts";
import type { Subject } from "../../answers/subject.ts";
import type { Model, ModelQuestion } from "./question.ts";

export async function modelOf(
  _subject: Subject,
  { prompt }: ModelQuestion["ask"],
  _call: Call,
): Promise<Model> {
  return { prompt };
}
