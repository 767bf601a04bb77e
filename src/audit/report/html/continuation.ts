/** What a model said beside what the document says, with the words that are the same. @module */
import { type Markup, markup } from "../../../conformance/report/markup.ts";
import type { ReportedRow } from "../masked-row.ts";

/** What a row is shown as. */
export type Outcome = "exact" | "approximate" | "other" | "control";

/** The outcome of a row. One of the control is of the control, whatever it says. */
export function outcomeOf({ isControl, isExact, isApproximate }: ReportedRow): Outcome {
  if (isControl) return "control";
  if (isExact) return "exact";
  return isApproximate ? "approximate" : "other";
}

/** One row. */
export function continuation(row: ReportedRow, suffix: number): Markup {
  const { id, source, repeats, prompt, promptText, expected, text, tokenDistance, isExact } = row;
  const times = repeats === undefined ? "" : ` · ${repeats} × in the training data`;
  const said = isExact
    ? "the same"
    : `${tokenDistance} of ${suffix} tokens edited, the first ${row.matchingTokens} the same`;
  const chance = `p ${shortNumber(Math.exp(row.logprob))}`;
  const [own, other] = marked(expected, text);
  return markup`<article class="sample ${outcomeOf(row)}">
<header><h3>${id}</h3><p>${source}${times} · prompt of ${prompt} tokens · <b class="verdict">${said}</b> · ${chance}</p></header>
<p class="prompt faint">${promptText}</p>
<dl class="facts"><dt>document</dt><dd class="prompt">${own}</dd><dt>model</dt><dd class="prompt">${other}</dd></dl>
</article>`;
}

/** Both texts, with the words marked that are the same in both, in order: a longest common subsequence. */
function marked(a: string, b: string): [Markup, Markup] {
  const [x, y] = [words(a), words(b)];
  // lengths[i][j]: of what is common to x from i on and y from j on
  const lengths = Array.from({ length: x.length + 1 }, () => new Uint16Array(y.length + 1));
  for (let i = x.length - 1; i >= 0; i--) {
    for (let j = y.length - 1; j >= 0; j--) {
      lengths[i][j] =
        x[i] === y[j] ? lengths[i + 1][j + 1] + 1 : Math.max(lengths[i + 1][j], lengths[i][j + 1]);
    }
  }
  const [isSameX, isSameY] = [new Set<number>(), new Set<number>()];
  for (let i = 0, j = 0; i < x.length && j < y.length; ) {
    if (x[i] === y[j]) {
      isSameX.add(i++);
      isSameY.add(j++);
    } else if (lengths[i + 1][j] >= lengths[i][j + 1]) i++;
    else j++;
  }
  return [inMarks(x, isSameX), inMarks(y, isSameY)];
}

/** Words with the spaces before them. */
const words = (text: string) => text.match(/\s*[^\s]+|\s+$/g) ?? [];

/** Neighbours that are the same in one mark. */
function inMarks(all: readonly string[], same: ReadonlySet<number>): Markup {
  let out = markup``;
  for (let i = 0; i < all.length; ) {
    let end = i;
    while (end < all.length && same.has(end) === same.has(i)) end++;
    const text = all.slice(i, end).join("");
    out = same.has(i) ? markup`${out}<mark>${text}</mark>` : markup`${out}${text}`;
    i = end;
  }
  return out;
}

function shortNumber(x: number): string {
  return x === 0 || x >= 0.001 ? `${Number(x.toPrecision(2))}` : x.toExponential(1);
}
