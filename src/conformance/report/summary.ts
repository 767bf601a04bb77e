/**
 * A run as it is read in a terminal: a line of counts for each tier, every failure with its message, what was not
 * done and why, the diagnosis, the verdict and the badge line.
 * @module
 */
import { assertOptions } from "../../options.ts";
import { table } from "../../table.ts";
import { type Report, type Result, TIERS } from "../run/result.ts";
import { badgeLine } from "./badge.ts";
import { oneLine } from "./one-line.ts";
import { reasonOf } from "./reason.ts";
import {
  countsInWords,
  counts as countsOf,
  isRight,
  isWrong,
  TIER_NAMES,
  verdictOf,
} from "./verdict.ts";
import { wrapped } from "./wrapped.ts";

/** Text in a colour. */
export interface Paint {
  good(text: string): string;
  bad(text: string): string;
  faint(text: string): string;
}

/** How a summary is set. */
export interface SummaryOptions {
  /** Longest line. Default 100. Names of testees and vectors may be longer. */
  readonly columns?: number;
  /** Default: no colours. */
  readonly paint?: Paint;
  /** Most failures that are listed. Default 20; the others are counted. */
  readonly mostFailures?: number;
}

const PLAIN: Paint = { good: (text) => text, bad: (text) => text, faint: (text) => text };

/** The summary, with a newline at its end. Control characters of foreign texts are spelled out. */
export function summary(report: Report, options: SummaryOptions = {}): string {
  assertOptions("summary", options, { columns: true, paint: true, mostFailures: true });
  const { columns = 100, paint = PLAIN, mostFailures = 20 } = options;
  const { results, diagnosis } = report;
  const blocks = [
    [heading(report)],
    tierLines(results),
    failures(results, columns, paint, mostFailures),
    notDone(results, columns, paint),
    diagnosis ? wrapped(oneLine(diagnosis.text), columns) : [],
    [verdictLine(report, paint)],
  ];
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join("\n")}\n`)
    .join("\n");
}

function heading({ testee, suite }: Report): string {
  const { name, version, device } = testee;
  const who = [name, version, device && `on ${device}`].filter(Boolean).join(" ");
  // Prompts of one's own are no suite, and have no digest.
  const digest = suite.digest && ` (${suite.digest.slice(0, 12)})`;
  return oneLine(`${who}, held against ${digest ? "suite " : ""}${suite.version}${digest}`);
}

function tierLines(results: readonly Result[]): string[] {
  const rows = TIERS.flatMap((tier) => {
    const all = results.filter((result) => result.tier === tier);
    if (all.length === 0) return [];
    const own = all.filter(({ beyondGemma1 }) => !beyondGemma1);
    const beyond = all.filter(({ beyondGemma1 }) => beyondGemma1);
    const said = [
      ...(own.length > 0 ? [countsInWords(countsOf(own))] : []),
      ...(beyond.length > 0 ? [`beyond Gemma 1: ${countsInWords(countsOf(beyond))}`] : []),
    ];
    return [[`${tier} ${TIER_NAMES[tier][0]}`, said.join("; ")]];
  });
  return table(rows, "ll").trimEnd().split("\n");
}

/** What is wrong, each with its message. */
function failures(
  results: readonly Result[],
  columns: number,
  paint: Paint,
  most: number,
): string[] {
  const wrong = results.filter(isWrong);
  const shown = wrong.slice(0, most);
  const heads = shown.map(
    ({ id, status }) => oneLine(id) + (status === "fail" ? "" : ` (${status})`),
  );
  const width = Math.min(Math.max(0, ...heads.map(({ length }) => length)), MOST_HEAD);
  const listed = shown.flatMap((result, i) => {
    const colour = result.beyondGemma1 ? paint.faint : paint.bad;
    const head = colour(`${result.beyondGemma1 ? "-" : "✗"} ${heads[i].padEnd(width)}`);
    const lines = wrapped(oneLine(reasonOf(result)), columns, " ".repeat(width + 4));
    if (heads[i].length > width || lines.length === 0) return [head, ...lines];
    return [head + lines[0].slice(width + 2), ...lines.slice(1)];
  });
  const more = wrong.length - most;
  return more > 0 ? [...listed, `  and ${more.toLocaleString("en-US")} more`] : listed;
}

/** Longer ids have a line for themselves. */
const MOST_HEAD = 32;

/** Most ids that stand behind a reason. */
const MOST_IDS = 8;

/** What says nothing about the testee, or is a known failure: by status and reason. */
function notDone(results: readonly Result[], columns: number, paint: Paint): string[] {
  const groups = new Map<string, Result[]>();
  for (const result of results) {
    if (isWrong(result) || (isRight(result) && reasonOf(result) === "")) continue;
    const key = JSON.stringify([result.status, reasonOf(result)]);
    groups.set(key, [...(groups.get(key) ?? []), result]);
  }
  return [...groups.values()].flatMap((group) => {
    const count = countsInWords(countsOf(group));
    const ids = group.slice(0, MOST_IDS).map(({ id }) => id);
    const more = group.length > MOST_IDS ? ", …" : "";
    const text = oneLine(`${count}: ${reasonOf(group[0])} (${ids.join(", ")}${more})`);
    return wrapped(text, columns - 2).map((line, i) => paint.faint((i === 0 ? "- " : "  ") + line));
  });
}

function verdictLine(report: Report, paint: Paint): string {
  const verdict = verdictOf(report.results);
  const colour = { passed: paint.good, failed: paint.bad, "nothing was tested": paint.faint };
  return `${colour[verdict](verdict)} · ${badgeLine(report)}`;
}
