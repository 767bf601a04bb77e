/**
 * A token by its text. A word that is typed without its space is meant with it, if that is what the model rather says.
 * @module
 */
import { tokenOf } from "../../answers/lens-rows.ts";
import { rowOf } from "../../answers/rows.ts";
import type { Subject } from "../../answers/subject.ts";
import { SPACE } from "../../format.ts";
import type { Word, WordQuestion } from "./question.ts";

export async function wordOf(
  subject: Subject,
  { prompt, pos, text }: WordQuestion["ask"],
): Promise<Word> {
  const { cache } = await subject.run(prompt);
  const { tokenizer } = subject.gemma;
  if (!tokenizer) throw new Error("the model came without a tokenizer");
  const logits = rowOf(cache.get("logits"), pos);
  const written = text.replaceAll(SPACE, " ");
  const ids = tokenizer.encode(written, { special: true });
  const candidates = [ids, tokenizer.encode(` ${written}`, { special: true })]
    .filter(({ length }) => length === 1)
    .map(([id]) => id)
    .sort((a, b) => logits[b] - logits[a]);
  return {
    text,
    token: candidates.length > 0 ? tokenOf(subject, candidates[0]) : undefined,
    pieces: ids.map((id) => tokenizer.piece(id)),
  };
}
