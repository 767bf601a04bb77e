/**
 * The canonical report: JSON lines, to be read by programs, kept, and made into any other report later
 * (parse-report.ts). Three types of lines, in this order:
 *
 * ```json
 * {"type":"run","format":"gemma-reference-report","protocol":1,"suite":{"version":"2026.11","digest":"3f…"},
 *  "testee":{"name":"my-engine"},"accuracy":"float32","tiers":["T0","T1"],"environment":{"node":"v22.1.0"}}
 * {"type":"result","id":"t0.add.plain","tier":"T0","status":"pass","note":"…","taps":[{"tap":"out",…}],"seconds":0.001}
 * {"type":"end","passed":true,"counts":{"pass":55,…},"seconds":3.2,"diagnosis":{…}}
 * ```
 *
 * (the first is one line, too). There is a `result` line for each vector, in the order of the run. A file without
 * an `end` is of a run that did not come to its end.
 *
 * Numbers that JSON does not have are strings: `"NaN"`, `"Infinity"`, `"-Infinity"`, `"-0"`. A newline is the only
 * character that ends a line, for any reader: the other ones that some take for line ends are escaped.
 * @module
 */
import type { Report, Result } from "../run/result.ts";
import { spelled } from "./one-line.ts";
import { counts } from "./verdict.ts";

/** What the first line says that the file is. */
export const REPORT_FORMAT = "gemma-reference-report";

/** A whole report. */
export function jsonLines(report: Report): string {
  return runLine(report) + report.results.map(resultLine).join("") + endLine(report);
}

/** The first line: what is known before a vector is run. */
export function runLine(
  report: Omit<Report, "results" | "diagnosis" | "seconds" | "passed">,
): string {
  const { suite, testee, accuracy, tiers, environment } = report;
  const head = { type: "run", format: REPORT_FORMAT, protocol: 1 };
  return line({ ...head, suite, testee, accuracy, tiers, environment });
}

/** The line of one vector. */
export function resultLine(result: Result): string {
  return line({ type: "result", ...result });
}

/** The last line. */
export function endLine({ passed, results, seconds, diagnosis }: Report): string {
  return line({ type: "end", passed, counts: counts(results), seconds, diagnosis });
}

/** Ends of lines for Python's splitlines() and others, which JSON does not escape. */
const ENDS = /[\u0085\u2028\u2029]/g;

function line(value: object): string {
  return `${JSON.stringify(value, (_, part) => writable(part)).replace(ENDS, spelled)}\n`;
}

function writable(value: unknown): unknown {
  if (typeof value !== "number") return value;
  if (Object.is(value, -0)) return "-0";
  return Number.isFinite(value) ? value : String(value);
}
