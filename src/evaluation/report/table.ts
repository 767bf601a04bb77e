/**
 * The table that lm-evaluation-harness prints at the end of a run (`make_table`, through the package pytablewriter), letter by letter:
 * tasks in the order of the alphabet, groups with their tasks below them; numbers of a column with as many decimals as the longest
 * needs, four at most.
 * @module
 */
import type { LmEvalResults } from "../results/lm-eval-files.ts";
import { type Cell, columnOf } from "./columns.ts";

const HEADS = ["Version", "Filter", "n-shot", "Metric", "", "Value", "", "Stderr"];
const DECIMALS = 4;
/**
 * The table as Markdown, with a newline at its end.
 * @param of the tasks, or the groups alone.
 */
export function resultsTable(results: LmEvalResults, of: "results" | "groups" = "results"): string {
  const shown = of === "groups" ? (results.groups ?? {}) : results.results;
  const { order, depth } = inOrder(results.group_subtasks, Object.keys(shown));
  const rows = order.flatMap((name) => rowsOf(results, name, shown[name], depth.get(name) ?? 0));
  const head = [of === "groups" ? "Groups" : "Tasks", ...HEADS];
  const columns = head.map((title, c) =>
    columnOf(
      title,
      rows.map((row) => row[c]),
    ),
  );
  const line = (cells: readonly string[]) => `|${cells.join("|")}|\n`;
  return (
    line(columns.map(({ title }) => title)) +
    line(columns.map(({ rule }) => rule)) +
    rows.map((_, r) => line(columns.map(({ cells }) => cells[r]))).join("")
  );
}

/** Groups first, each with what it is made of below it; then all others. Both by the alphabet. */
function inOrder(groups: Readonly<Record<string, readonly string[]>>, names: readonly string[]) {
  const depth = new Map<string, number>();
  const order: string[] = [];
  const visit = (name: string, level: number) => {
    if (depth.has(name)) return; // a file may name a group as a part of itself
    depth.set(name, level);
    if (names.includes(name)) order.push(name);
    for (const child of sorted(groups[name] ?? [])) visit(child, level + 1);
  };
  const children = new Set(Object.values(groups).flat());
  for (const name of sorted(Object.keys(groups))) if (!children.has(name)) visit(name, 0);
  return { order: [...order, ...sorted(names).filter((name) => !depth.has(name))], depth };
}

/** By code points, as Python sorts; JavaScript goes by UTF-16, which differs beyond U+FFFF alone. */
function sorted(names: readonly string[]): string[] {
  const points = (name: string) => Array.from(name, (c) => c.codePointAt(0) ?? 0);
  const compare = (a: string, b: string) => {
    const [x, y] = [points(a), points(b)];
    const at = x.findIndex((point, i) => point !== y[i]);
    return at < 0 ? x.length - y.length : x[at] - (y[at] ?? -1);
  };
  return [...names].sort(compare);
}

function rowsOf(
  results: LmEvalResults,
  name: string,
  figures: Readonly<Record<string, unknown>>,
  depth: number,
): Cell[][] {
  const { alias = name, name: _, sample_len, sample_count, ...rest } = figures;
  const shown = depth > 0 ? `${" ".repeat(depth)}- ${alias}` : String(alias);
  const version = results.versions[name];
  const first: Cell[] = [shown, name in results.versions ? cellOf(version) : "    N/A"];
  const shots = name in results["n-shot"] ? String(results["n-shot"][name]) : " ";
  const better = results.higher_is_better[name] ?? {};
  const rows: Cell[][] = [];
  for (const key of sorted(Object.keys(rest))) {
    const comma = key.includes(",") ? key.indexOf(",") : key.length;
    const [metric, filter] = [key.slice(0, comma), key.slice(comma + 1)];
    if (metric.endsWith("_stderr")) continue;
    const arrow = better[metric] === true ? "↑" : better[metric] === false ? "↓" : "";
    const error = rest[`${metric}_stderr,${filter}`];
    rows.push([
      ...(rows.length === 0 ? first : ["", ""]),
      ...[filter, shots, metric, arrow, cellOf(rest[key], true)],
      ...(error === undefined ? ["", ""] : ["±", error === "N/A" ? "   N/A" : cellOf(error, true)]),
    ]);
  }
  return rows;
}

/** A figure as Python's `:.4f` has it; anything else as it is. An integer cannot be told from a float in a file that JavaScript reads. */
function cellOf(value: unknown, isFigure = false): Cell {
  if (typeof value === "number") return isFigure ? fixed(value) : value;
  return value === null ? "None" : String(value);
}

/** `f"{value:.4f}"`: a half is rounded to the even neighbour, where `toFixed` goes away from zero. */
function fixed(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  const text = value.toFixed(DECIMALS);
  // All digits: a float64 of this size has no more.
  const [, rest = ""] =
    /\.\d{4}(\d*)$/.exec(Math.abs(value) < 1e21 ? value.toFixed(100) : "") ?? [];
  const isHalf = /^50*$/.test(rest);
  if (!isHalf || Number(text.at(-1)) % 2 === 0) return text;
  return value.toFixed(100).slice(0, rest.length === 0 ? undefined : -rest.length);
}
