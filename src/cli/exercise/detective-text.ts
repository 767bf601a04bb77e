/**
 * The texts of `exercise detective`.
 * @module
 */
import type { Finding, Numbers } from "../../exercises/detective/judge.ts";
import type { Task } from "../../exercises/exercise.ts";
import type { Style } from "../terminal/style.ts";
import { beside, paragraph, titled } from "./text.ts";
import { shownPair } from "./values.ts";

/** What is known of each engine, and what is said of the first that is not named yet. */
export function findingsText(
  task: Task,
  findings: readonly Finding[],
  next: string,
  style: Style,
): string {
  const first = findings.find(({ mistake }) => !mistake);
  const count = findings.filter(({ mistake }) => mistake).length;
  const head = titled(
    first ? "✗" : "✓",
    task,
    `${count} of ${findings.length} engines are named`,
    style,
  );
  const states = findings.map((one) => stateText(one, style)).join("");
  return `${head}${states}\n${first ? openText(first) : paragraph(next)}`;
}

/** An engine on a line; of one that is named what the mistake is, and who had it. */
function stateText({ suspect, tap, mistake }: Finding, style: Style): string {
  const sign = mistake ? style("green", "✓") : style("red", "✗");
  const place = tap ?? "no tap yet";
  const line = `  ${sign} ${suspect}  ${place}${mistake ? `, ${mistake.id}` : ""}\n`;
  if (!mistake) return line;
  const seen = mistake.seen ? ` Seen in: ${mistake.seen}.` : "";
  return line + paragraph(`${mistake.mistake}${seen}`, 7);
}

function openText({ why, numbers, lineUp = [] }: Finding): string {
  const column = Math.max(0, ...lineUp.map(({ id }) => id.length)) + 4;
  return [
    ...why.map((text) => paragraph(text)),
    numbers ? numbersText(numbers) : "",
    lineUp.length > 0 ? "\n" : "",
    ...lineUp.map(({ id, mistake }) => beside(`  ${id}`, mistake, column)),
  ].join("");
}

/** Two engines' numbers, around their first difference. */
function numbersText({ tap, row, column, rows }: Numbers): string {
  const [[a, first], [b, second]] = rows;
  const pair = shownPair(first, second, [column]);
  const width = Math.max(a.length, b.length) + 6;
  return [
    `    ${tap}, row ${row}, around [${column}]\n`,
    beside(`    ${a}`, pair.yours ?? "", width),
    beside(`    ${b}`, pair.expected, width),
  ].join("");
}
