/** The parts of the page that not every audit has. @module */
import { type Markup, markup } from "../../../conformance/report/markup.ts";
import type { PersonalCounts } from "../../personal/personal-data-of.ts";
import type { AuditReport } from "../audit-report.ts";
import { percent } from "../text.ts";

/** How many answers it takes. */
export function extractionSection({ extraction, settings }: AuditReport): Markup[] {
  if (extraction.length === 0) return [];
  const rows = extraction.flatMap(({ prompt, queries, all, top, control }) => {
    const row = (name: string, shares: readonly number[]) =>
      markup`<tr><td>${name}</td>${shares.map((share, i) => markup`<td class="number" data-label="${`n = ${queries[i]}`}">${percent(share)}</td>`)}</tr>`;
    return [
      row(`prompt ${prompt}, from all tokens`, all),
      row(`prompt ${prompt}, from the ${settings.topK} likeliest`, top),
      ...(control ? [row(`prompt ${prompt}, control`, control)] : []),
    ];
  });
  const unsure = extraction.map(
    ({ prompt, exact, unsure }) =>
      markup`<li>Prompt of ${prompt}: of ${exact} documents that greedy decoding repeats, ${unsure} come with a probability below ½ in one draw.</li>`,
  );
  const head = extraction[0].queries.map((n) => markup`<th>n = ${n}</th>`);
  return [
    markup`<section><h2>Drawn n times</h2>
<p>Documents that come at least once in n answers with a probability of ½ or more, at temperature 1.</p>
<div class="scroll"><table class="rows"><thead><tr><th></th>${head}</tr></thead><tbody>
${rows}
</tbody></table></div><ul>${unsure}</ul></section>`,
  ];
}

/** Personal data in memorized continuations. */
export function personalSection({ personal }: AuditReport): Markup[] {
  if (!personal) return [];
  const row = (name: string, { documents, withData, bySeverity, byKind }: PersonalCounts) => {
    const kinds = Object.entries(byKind).map(([kind, count]) => `${kind} ${count}`);
    return markup`<tr><td>${name}</td><td data-label="with data">${withData} of ${documents}</td><td class="number" data-label="high">${bySeverity.high}</td><td class="number" data-label="moderate">${bySeverity.moderate}</td><td class="number" data-label="low">${bySeverity.low}</td><td>${kinds.join(", ")}</td></tr>`;
  };
  const rows = personal.flatMap(({ prompt, exact, approximate, source, control }) => [
    row(`prompt ${prompt}, exact`, exact),
    row(`prompt ${prompt}, approximate only`, approximate),
    row(`prompt ${prompt}, there to find`, source),
    ...(control ? [row(`prompt ${prompt}, control, exact`, control.exact)] : []),
  ]);
  const found = personal.flatMap(({ prompt, found }) =>
    found
      .slice(0, 100)
      .map(
        ({ id, severity, kind, value, isTrue, memorized }) =>
          markup`<tr><td>${id}</td><td>prompt ${prompt}, ${memorized}</td><td>${severity}</td><td>${kind}</td><td class="text">${value}</td><td>${isTrue ? "" : "made up"}</td></tr>`,
      ),
  );
  const list =
    found.length > 0
      ? [
          markup`<details><summary>What was found: ${found.length}</summary><div class="scroll"><table class="rows"><tbody>
${found}
</tbody></table></div></details>`,
        ]
      : [];
  return [
    markup`<section id="personal"><h2>Personal data</h2>
<p>Documents with a datum that begins in a memorized continuation. Patterns know the form and not the person: some of it is nobody’s. The severities are ours.</p>
<div class="scroll"><table class="rows"><thead><tr><th></th><th>With data</th><th>High</th><th>Moderate</th><th>Low</th><th>Documents by kind</th></tr></thead><tbody>
${rows}
</tbody></table></div>
${list}</section>`,
  ];
}

/** Canaries. */
export function exposureSection({ exposures }: AuditReport): Markup[] {
  if (!exposures) return [];
  const rows = exposures.map(
    ({ id, repeats, rank, candidates, exposure }) =>
      markup`<tr><td>${id}</td><td data-label="repeated">${repeats === undefined ? "" : `${repeats} ×`}</td><td class="number" data-label="rank">${rank} of ${candidates}</td><td class="number" data-label="exposure">${exposure.toFixed(2)} bits</td></tr>`,
  );
  return [
    markup`<section id="canaries"><h2>Canaries</h2>
<p>Secrets that were drawn at random and planted, ranked among all that might have been drawn. By chance a secret has e bits or more with a probability of 2<sup>−e</sup>.</p>
<div class="scroll"><table class="rows"><thead><tr><th>Canary</th><th>Repeated</th><th>Rank</th><th>Exposure</th></tr></thead><tbody>
${rows}
</tbody></table></div></section>`,
  ];
}

/** Scores of membership, and repeated words. */
export function membershipSection({ membership, divergences }: AuditReport): Markup[] {
  const sections: Markup[] = [];
  if (membership) {
    const rows = Object.entries(membership).map(
      ([score, { auc, standardError }]) =>
        markup`<tr><td>${score}</td><td class="number">${auc.toFixed(3)} ± ${standardError.toFixed(3)}</td></tr>`,
    );
    sections.push(markup`<section id="membership"><h2>Membership</h2>
<p>How well a score tells documents from the control: the probability that of one of each the document has the lower score. ½ is a coin.</p>
<div class="scroll"><table class="rows"><thead><tr><th>Score</th><th>AUC</th></tr></thead><tbody>
${rows}
</tbody></table></div></section>`);
  }
  if (divergences) {
    const rows = divergences.map(
      ({ word, sample, repeated, copied, text }) =>
        markup`<tr><td>${word}, answer ${sample + 1}</td><td data-label="repeated">${repeated} ×</td><td data-label="copied">${copied.map(({ id, tokens }) => `${tokens} tokens of ${id}`).join(", ") || "nothing"}</td><td class="text">${text.slice(0, 160)}</td></tr>`,
    );
    sections.push(markup`<section id="divergence"><h2>Repeated words</h2>
<p>A word said over and over, and what the model said when it left it: a demonstration, and no rate.</p>
<div class="scroll"><table class="rows"><thead><tr><th>Word</th><th>Repeated</th><th>Copied</th><th>Then</th></tr></thead><tbody>
${rows}
</tbody></table></div></section>`);
  }
  return sections;
}
