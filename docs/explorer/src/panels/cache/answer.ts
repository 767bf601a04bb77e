/** @module */
import type { Call } from "../../answers/call.ts";
import type { Subject } from "../../answers/subject.ts";
import type { Cache, CacheQuestion } from "./question.ts";

export async function cacheOf(
  _subject: Subject,
  { prompt }: CacheQuestion["ask"],
  _call: Call,
): Promise<Cache> {
  return { prompt };
}
