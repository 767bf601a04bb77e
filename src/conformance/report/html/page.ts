/**
 * A run as a page: one file that needs no other, opens from a disk, and can be handed on. It is read without
 * JavaScript, too. It is HTML that is XML as well, and it asks the browser to load nothing from anywhere.
 * @module
 */
import { type Report, TIERS, type Tier } from "../../run/result.ts";
import { badgeLine, badgeParts } from "../badge.ts";
import { Markup, markup } from "../markup.ts";
import { TIER_NAMES, verdictOf } from "../verdict.ts";
import { chips } from "./chips.ts";
import { diagnosisSection } from "./diagnosis.ts";
import { heatMap } from "./heat-map.ts";
import { legend } from "./legend.ts";
import { marksOf } from "./marks.ts";
import { SCRIPT, SCRIPT_HASH } from "./script.ts";
import { STYLE } from "./style.ts";
import { countsTable, environmentSection, failuresSection, othersSection } from "./tables.ts";

/** The page. */
export function htmlPage(report: Report): string {
  const { testee, results, diagnosis } = report;
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src '${SCRIPT_HASH}'`;
  const sections = [
    countsTable(results),
    ...(diagnosis ? [diagnosisSection(diagnosis)] : []),
    ...TIERS.flatMap((tier) => tierSection(tier, report)),
    ...failuresSection(results),
    ...othersSection(results),
    environmentSection(report),
  ];
  const page = markup`<!DOCTYPE html>
<html lang="en" xmlns="http://www.w3.org/1999/xhtml">
<head>
<meta charset="utf-8"/>
<meta http-equiv="Content-Security-Policy" content="${policy}"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>${testee.name}: ${verdictOf(results)} · ${badgeLine(report)}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
${header(report)}
<main>
${sections}
</main>
<footer><p>Conformance with Google’s Gemma 1, by gemma-reference. A budget is four times the worst of several right ways to compute in the accuracy class. Runs against suites of one digest can be compared.</p></footer>
<pre id="detail" hidden="hidden"></pre>
<script>${new Markup(SCRIPT)}</script>
</body>
</html>
`;
  return page.text;
}

const VERDICTS = {
  passed: ["good", "✓ passed"],
  failed: ["bad", "✗ failed"],
  "nothing was tested": ["quiet", "○ nothing was tested"],
} as const;

function header(report: Report): Markup {
  const { testee, results } = report;
  const [tone, words] = VERDICTS[verdictOf(results)];
  const about = [testee.version, testee.device].filter(Boolean).join(" · ");
  return markup`<header class="${tone}"><div>
<p class="kind">Gemma 1 conformance</p>
<h1><bdi>${testee.name}</bdi> <span class="verdict">${words}</span> <small>${about}</small></h1>
<ul class="badge">${badgeParts(report).map((part) => markup`<li>${part}</li>`)}</ul>
</div></header>`;
}

/** Tiers that run a model, and have outputs by the dozen; the others have one or two. */
const MAPPED: readonly Tier[] = ["T1", "T4"];

function tierSection(tier: Tier, { results, diagnosis }: Report): Markup[] {
  const own = results.filter((result) => result.tier === tier);
  if (own.length === 0) return [];
  const [title] = TIER_NAMES[tier];
  const marks = marksOf(diagnosis);
  const isMap = MAPPED.includes(tier) && own.some(({ taps }) => taps.length > 0);
  return [
    markup`<section id="${tier}"><h2>${title[0].toUpperCase()}${title.slice(1)}</h2>
${isMap ? [legend(own, diagnosis), heatMap(own, marks)] : [chips(own, marks)]}
</section>`,
  ];
}
