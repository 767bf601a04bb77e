/**
 * What is wrong, in words: the bugs by name, each with its mistake, its fix and where it was seen.
 * @module
 */
import type { Diagnosis, Named } from "../../run/result.ts";
import { times } from "../figures.ts";
import { type Markup, markup } from "../markup.ts";

/** Most places that are named. */
const MOST = 6;

/** The section of the diagnosis. */
export function diagnosisSection(diagnosis: Diagnosis): Markup {
  const { first, named, complete, text } = diagnosis;
  const partly = markup`<p>That is a part of it: no known bug explains the other failures.</p>`;
  const where = first && markup`<p><strong>First output that is off:</strong> ${tapOf(first)}.</p>`;
  return markup`<section id="diagnosis"><h2>Diagnosis</h2>
${named.length > 0 ? named.map(bug) : [unknown(diagnosis)]}
${named.length > 0 && !complete ? [partly] : []}
${where ? [where] : []}
${steps(diagnosis)}
<details><summary>In a paragraph, to be copied</summary><p>${text}</p></details>
</section>`;
}

function bug({ ids, mistake, fix, over, taps }: Named): Markup {
  const [id = "a known bug", ...twins] = ids;
  const others = markup`<p>No vector that was run tells it from ${listed(twins)}.</p>`;
  return markup`<article class="bug"><h3>${id}</h3>
<dl><dt>Mistake</dt><dd>${mistake}</dd>
<dt>Fix</dt><dd>${fix}</dd>
<dt>Where</dt><dd>${listed(taps.slice(0, MOST))}${more(taps.length)}</dd>
<dt>How sure</dt><dd>The reference with this bug gives the testee’s numbers: at most ${times(over)} the budget away.</dd></dl>
${twins.length > 0 ? [others] : []}
</article>`;
}

function unknown({ nearest }: Diagnosis): Markup {
  const said = nearest
    ? markup`<p>The nearest is <code>${nearest.id}</code>, ${times(nearest.over)} the budget away: it is not that.</p>`
    : markup`<p>No known bug comes near.</p>`;
  return markup`<article class="bug unknown"><h3>None of the known bugs explains this</h3>
${said}
</article>`;
}

/** Steps that are wrong by themselves and that no named bug explains. */
function steps({ isolated, named, complete }: Diagnosis): Markup[] {
  const explained = new Set(named.flatMap(({ taps }) => taps));
  const open = isolated.filter(({ id, tap }) => !explained.has(`${id}/${tap}`));
  if (complete || open.length === 0) return [];
  const items = open.slice(0, MOST).map((step) => {
    return markup`<li>${tapOf(step)}, ${times(step.over)} its budget</li>`;
  });
  return [
    markup`<p><strong>Wrong by itself</strong>, when it is computed from the testee’s own inputs:</p>
<ul>
${items}
</ul>
<p>${more(open.length)}</p>`,
  ];
}

function tapOf({ id, tap }: { readonly id: string; readonly tap: string }): Markup {
  return markup`<code>${tap}</code> of <code>${id}</code>`;
}

function listed(names: readonly string[]): Markup[] {
  return names.map((name, i) => markup`<code>${name}</code>${i < names.length - 1 ? "," : ""}`);
}

function more(count: number): string {
  return count > MOST ? ` and ${count - MOST} more` : "";
}
