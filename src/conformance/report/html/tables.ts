/**
 * The tables of the page: counts by tier, failures, all else that has a reason, the environment.
 * @module
 */
import { type Report, type Result, TIERS } from "../../run/result.ts";
import { isOff } from "../figures.ts";
import { type Markup, markup } from "../markup.ts";
import { reasonOf } from "../reason.ts";
import { counts, isRight, isWrong, STATUSES, TIER_NAMES } from "../verdict.ts";
import { SIGNS, toneOf } from "./signs.ts";

/** How many results there are of each tier and status. */
export function countsTable(results: readonly Result[]): Markup {
  const total = counts(results);
  const statuses = STATUSES.filter((status) => total[status] > 0);
  const row = (title: Markup, own: readonly Result[]): Markup[] => {
    if (own.length === 0) return [];
    const cells = statuses.map((status) => {
      const found = own.filter((result) => result.status === status);
      return found.length === 0
        ? markup`<td></td>`
        : markup`<td class="${toneOf(found[0])}" data-status="${status}">${found.length}</td>`;
    });
    return [markup`<tr><th scope="row">${title}</th>${cells}</tr>`];
  };
  const rows = TIERS.flatMap((tier) => {
    const own = results.filter((result) => result.tier === tier);
    const within = own.filter(({ beyondGemma1 }) => !beyondGemma1);
    const beyond = own.filter(({ beyondGemma1 }) => beyondGemma1);
    const name = markup`<b>${tier}</b> ${TIER_NAMES[tier][0]}`;
    return [...row(name, within), ...row(markup`${name}, beyond Gemma 1`, beyond)];
  });
  const heads = statuses.map((status) => {
    const [sign, meaning] = SIGNS[status];
    return markup`<th scope="col" title="${meaning}">${sign} ${status}</th>`;
  });
  return markup`<section id="counts"><div class="scroll"><table class="counts">
<thead><tr><td></td>${heads}</tr></thead>
<tbody>
${rows}
</tbody></table></div></section>`;
}

/** Failures, errors, fallbacks and unexpected passes, each with its message. */
export function failuresSection(results: readonly Result[]): Markup[] {
  const rows = results.filter(isWrong).map((result) => {
    const { id, status, note, taps, beyondGemma1 } = result;
    const off = taps.filter(isOff).length;
    const many = markup`<small>${off} of ${taps.length} outputs are off</small>`;
    return markup`<tr class="${beyondGemma1 ? "faint" : ""}">
<td><span class="tag bad">${SIGNS[status][0]} ${status}</span> <code>${id}</code></td>
<td>${reasonOf(result)} ${off > 1 ? [many] : []}</td><td>${note}</td></tr>`;
  });
  return table("failures", "Failures", ["Vector", "Why", "What it tests"], rows);
}

/** Results that are no failures and have something to say: by status and reason. */
export function othersSection(results: readonly Result[]): Markup[] {
  const groups = new Map<string, Result[]>();
  for (const result of results) {
    const reason = reasonOf(result);
    if (isWrong(result) || (isRight(result) && reason === "")) continue;
    const key = JSON.stringify([result.status, reason]);
    const group = groups.get(key);
    if (group) group.push(result);
    else groups.set(key, [result]);
  }
  const rows = [...groups.values()].map((group) => {
    const [{ status }] = group;
    const ids = group.map(({ id }) => markup`<code>${id}</code>`);
    return markup`<tr><td><span class="tag">${SIGNS[status][0]} ${status}</span> ${group.length}</td>
<td>${reasonOf(group[0])}</td><td>${ids}</td></tr>`;
  });
  return table("others", "Known, skipped, not supported", ["Status", "Reason", "Vectors"], rows);
}

function table(
  id: string,
  title: string,
  columns: readonly string[],
  rows: readonly Markup[],
): Markup[] {
  if (rows.length === 0) return [];
  return [
    markup`<section id="${id}"><h2>${title}</h2>
<table class="rows"><thead><tr>${columns.map((name) => markup`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>
${rows}
</tbody></table></section>`,
  ];
}

/** What ran, on what, against which suite. */
export function environmentSection(report: Report): Markup {
  const { suite, testee, accuracy, environment, seconds, results, tiers } = report;
  const facts: readonly (readonly [name: string, value: string | undefined])[] = [
    ["testee", testee.name],
    ["version", testee.version],
    ["device", testee.device],
    ["accuracy class", accuracy],
    ["suite", suite.version],
    ["suite digest", suite.digest],
    ["tiers", tiers.join(" ")],
    ["vectors", `${results.length}, in ${seconds.toFixed(1)} s`],
    ...Object.entries(environment),
  ];
  const items = facts.flatMap(([name, value]) =>
    value === undefined ? [] : [markup`<dt>${name}</dt><dd>${value}</dd>`],
  );
  return markup`<section id="environment"><h2>Environment</h2>
<dl class="facts">
${items}
</dl></section>`;
}
