/**
 * The heat map: a row for each output, in computing order; a column for each vector; the colour is how far over its
 * budget the output is. A bug shows as the row and column where blue turns amber.
 * @module
 */
import type { Result, TapResult } from "../../run/result.ts";
import { type Markup, markup } from "../markup.ts";
import { reasonOf } from "../reason.ts";
import type { Marks } from "./marks.ts";
import { numbersOf } from "./numbers.ts";
import { signOf, stepOf } from "./scale.ts";
import { caseName, type Group, groupsOf, SIGNS, toneOf } from "./signs.ts";
import { type Row, type RowGroup, rowsOf } from "./tap-order.ts";

/** A vector, and its outputs by name. */
interface Column {
  readonly result: Result;
  readonly taps: ReadonlyMap<string, TapResult>;
  /** A class of its cells: there is a gap before the first column of a model. */
  readonly gap: string;
}

/** With more rows the map scrolls by itself, under its head. */
const MOST_ROWS = 80;

/** The map of `results`. */
export function heatMap(results: readonly Result[], marks: Marks): Markup {
  const groups = groupsOf(results);
  const columns = groups.flatMap((group) => {
    return group.results.map((result, i): Column => {
      const taps = new Map(result.taps.map((tap) => [tap.tap, tap]));
      return { result, taps, gap: i === 0 ? " gap" : "" };
    });
  });
  const rows = rowsOf(results);
  const count = rows.reduce((sum, group) => sum + group.rows.length, 0);
  return markup`<div class="scroll${count > MOST_ROWS ? " tall" : ""}" tabindex="0" role="region" aria-label="Heat map">
<table class="map">
${head(groups, columns)}
${rows.map((group) => body(group, columns, marks))}
</table></div>`;
}

function head(groups: readonly Group[], columns: readonly Column[]): Markup {
  const corner = markup`<td class="corner"></td>`;
  const models = groups.map(({ title, results }) => {
    const dagger = results.every(({ beyondGemma1 }) => beyondGemma1) ? "†" : "";
    return markup`<th scope="colgroup" class="model gap" colspan="${results.length}">${title}${dagger}</th>`;
  });
  const names = columns.map(({ result: { id, note }, gap }) => {
    const title = [id, note].join("\n");
    return markup`<th scope="col" class="vector${gap}" title="${title}"><span>${caseName(id)}</span></th>`;
  });
  const statuses = columns.map(({ result, gap }) => {
    const title = [`${result.id}: ${result.status}`, reasonOf(result)].filter(Boolean).join("\n");
    return markup`<td class="${toneOf(result)}${gap}" title="${title}">${SIGNS[result.status][0]}</td>`;
  });
  return markup`<thead>
<tr>${corner}${models}</tr>
<tr>${corner}${names}</tr>
<tr class="status">${corner}${statuses}</tr>
</thead>`;
}

function body({ title, rows }: RowGroup, columns: readonly Column[], marks: Marks): Markup {
  const heading = markup`<tr class="layer"><th scope="rowgroup">${title}</th><td colspan="${columns.length}"></td></tr>`;
  const lines = rows.map((row) => {
    const cells = columns.map(({ result, taps, gap }) => {
      const tap = taps.get(row.tap);
      return tap ? cell(result.id, tap, gap + marks(result.id, row.tap)) : empty(gap);
    });
    return markup`<tr>${label(row)}${cells}</tr>`;
  });
  return markup`<tbody>
${title === "" ? lines : [heading, ...lines]}
</tbody>`;
}

/** A row's name, and the one in the goldens. */
function label({ tap, name, golden }: Row): Markup {
  const other = golden === undefined || golden === name ? [] : [markup`<i>${golden}</i>`];
  return markup`<th scope="row" title="${tap}">${name}${other}</th>`;
}

function cell(id: string, tap: TapResult, classes: string): Markup {
  const title = [`${id} · ${tap.tap}`, ...numbersOf(tap)].join("\n");
  return markup`<td class="${stepOf(tap.over).name}${classes}" title="${title}">${signOf(tap.over)}</td>`;
}

function empty(gap: string): Markup {
  return markup`<td class="none${gap}"></td>`;
}
