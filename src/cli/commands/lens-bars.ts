/**
 * The text of `lens --attribution`: parts of a model by what they put into a logit, with bars.
 * @module
 */
import type { LogitAttribution } from "../../interp/attribution/attribution.ts";
import type { LogitPart } from "../../interp/attribution/attribution-parts.ts";
import { filledTo } from "../terminal/columns.ts";
import type { Style } from "../terminal/style.ts";
import { tokenText } from "./lens-text.ts";

const GAP = "  ";

interface Bars {
  readonly style: Style;
  /** Of a line, in characters. */
  readonly width: number;
  /** Most parts that are shown; the others are summed up. */
  readonly most: number;
}

/** Parts by size, whatever their sign. */
export function barsText(attribution: LogitAttribution, { style, width, most }: Bars): string {
  const { parts: all, neurons } = attribution;
  const parts = neurons ?? all;
  const bySize = [...parts].sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
  // One part takes no more room than a line that says there is one more.
  const shown = bySize.length === most + 1 ? bySize.length : most;
  const rest = bySize.slice(shown);
  const rows = bySize.slice(0, shown).map(({ label, contribution }) => ({ label, contribution }));
  if (rest.length > 0) rows.push({ label: `${rest.length} others`, contribution: sum(rest) });
  const total = { label: "sum", contribution: sum(parts) };
  const labels = Math.max(...[...rows, total].map(({ label }) => label.length));
  const numbers = [...rows, total].map(({ contribution }) => signed(contribution));
  const digits = Math.max(...numbers.map(({ length }) => length));
  const room = width - labels - digits - 2 * GAP.length;
  const largest = Math.max(...rows.map(({ contribution }) => Math.abs(contribution)));
  const lines = rows.map(({ label, contribution }, i) => {
    const length = (Math.abs(contribution) / largest) * room;
    const colour = contribution < 0 ? "red" : "green";
    const start = `${filledTo(label, labels)}${GAP}${numbers[i].padStart(digits)}`;
    return `${start}${GAP}${style(colour, bar(length))}`.trimEnd();
  });
  const foot = `${filledTo("sum", labels)}${GAP}${(numbers.at(-1) as string).padStart(digits)}`;
  return `${style("bold", title(attribution))}\n\n${lines.join("\n")}\n${style("bold", foot)}\n`;
}

function title({ token, against, position, tokens, neurons }: LogitAttribution): string {
  const whose = against
    ? `the logit of ${tokenText(token)} less that of ${tokenText(against)}`
    : `the logit of ${tokenText(token)}`;
  const who = neurons ? `Neurons of block ${neurons[0].layer}: what they put into` : "What made";
  return `${who} ${whose} after token ${position}, ${tokenText(tokens[position])}`;
}

function sum(parts: readonly Pick<LogitPart, "contribution">[]): number {
  return parts.reduce((total, { contribution }) => total + contribution, 0);
}

function signed(x: number): string {
  return `${x < 0 ? "-" : "+"}${Math.abs(x).toFixed(2)}`;
}

const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** So many columns, to the eighth. */
function bar(columns: number): string {
  const eighths = Number.isFinite(columns) ? Math.round(8 * columns) : 0;
  return "█".repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8];
}
