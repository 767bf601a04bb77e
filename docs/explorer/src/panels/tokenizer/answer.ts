/** @module */
import type { Call } from "../../answers/call.ts";
import type { Subject } from "../../answers/subject.ts";
import type { Tokenizer, TokenizerQuestion } from "./question.ts";

export async function tokenizerOf(
  _subject: Subject,
  { prompt }: TokenizerQuestion["ask"],
  _call: Call,
): Promise<Tokenizer> {
  return { prompt };
}
