/**
 * What is written, for those that listen: a sentence at a time, once it is whole.
 * @module
 */
import { sentencesOf } from "./sentences.ts";
import type { Written } from "./writing.ts";

export function Aloud({ shown }: { shown: Written | undefined }) {
  return (
    <div class="unseen" role="log" aria-live="polite" aria-label="Written sentences">
      {shown &&
        sentencesOf(shown).map((sentence, i) => <p key={`${shown.from} ${i}`}>{sentence}</p>)}
    </div>
  );
}
