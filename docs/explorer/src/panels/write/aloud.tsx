/**
 * What is written, for those that listen: a sentence at a time, once it is whole.
 * @module
 */
import type { Written } from "./writing.ts";

export function Aloud({ shown }: { shown: Written | undefined }) {
  return (
    <div class="unseen" role="log" aria-live="polite" aria-label="Written sentences">
      {shown &&
        sentencesOf(shown).map((sentence, i) => <p key={`${shown.from} ${i}`}>{sentence}</p>)}
    </div>
  );
}

export function sentencesOf({ steps, from, end }: Written): string[] {
  const text = [...steps].map(([at, step]) => (at < from ? "" : step.text)).join("");
  const isWhole = (sentence: string) => end !== undefined || /[.!?]["”]?\s+$|\n$/.test(sentence);
  return (text.match(/.*?[.!?]["”]?(?:\s+|$)|.+\n?/g) ?? [])
    .filter(isWhole)
    .map((sentence) => sentence.trim());
}
