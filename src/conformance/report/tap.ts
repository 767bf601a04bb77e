/**
 * The Test Anything Protocol, version 14 (https://testanything.org/tap-version-14-specification.html): a test point
 * for each vector, with a YAML block where there is more to say.
 *
 * Known failures, and those beyond Gemma 1, are `not ok … # TODO`, which harnesses do not count. An unexpected pass is
 * `not ok` without it, because harnesses let `ok … # TODO` pass.
 * @module
 */
import type { Report, Result, TapResult } from "../run/result.ts";
import { badgeLine } from "./badge.ts";
import { isOff } from "./figures.ts";
import { oneLine, spelled } from "./one-line.ts";
import { reasonOf } from "./reason.ts";
import { breaksRun, isRight } from "./verdict.ts";

/** The stream, whole. */
export function tapStream(report: Report): string {
  const { testee, results, diagnosis } = report;
  const lines = [
    "TAP version 14",
    `# ${oneLine(testee.name)}`,
    `1..${results.length}${results.length === 0 ? " # SKIP no vector was run" : ""}`,
    ...results.flatMap((result, i) => point(result, i + 1)),
    ...(diagnosis ? [`# ${oneLine(diagnosis.text)}`] : []),
    `# ${badgeLine(report)}`,
  ];
  return `${lines.join("\n")}\n`;
}

function point(result: Result, number: number): string[] {
  const { id, status } = result;
  const name = `${number} - ${description(id)}`;
  const reason = reasonOf(result);
  if (status === "unsupported" || status === "skip") {
    const said = status === "skip" ? reason : `unsupported: ${reason}`;
    return [`ok ${name} # SKIP ${description(said)}`];
  }
  if (isRight(result)) return [`ok ${name}`, ...(reason === "" ? [] : yaml(result, reason))];
  const todo = breaksRun(result) ? "" : ` # TODO ${description(reason)}`;
  return [`not ok ${name}${todo}`, ...yaml(result, reason)];
}

/** On one line, and without a sign that begins a directive. */
function description(text: string): string {
  return oneLine(text).replace(/[\\#]/g, "\\$&");
}

/** Most outputs that a block lists. */
const MOST = 50;

function yaml({ status, tier, note, taps }: Result, reason: string): string[] {
  const off = taps.filter(isOff).slice(0, MOST);
  return [
    "---",
    `message: ${quoted(reason)}`,
    `severity: ${status === "error" ? "error" : status === "tie" ? "comment" : "fail"}`,
    `status: ${status}`,
    `tier: ${tier}`,
    `tests: ${quoted(note)}`,
    ...(off.length > 0 ? ["outputs:", ...off.flatMap(output)] : []),
    "...",
  ].map((line) => `  ${line}`);
}

function output(result: TapResult): string[] {
  const { tap, over, nrmse, max, at, got, expected, misshapen } = result;
  if (misshapen !== undefined)
    return [`  - tap: ${quoted(tap)}`, `    shape: ${quoted(misshapen)}`];
  return [
    `  - tap: ${quoted(tap)}`,
    `    over: ${number(over)}`,
    `    nrmse: ${number(nrmse)}`,
    `    max: ${number(max)}`,
    `    at: [${at.map(number).join(", ")}]`,
    `    got: ${number(got)}`,
    `    expected: ${number(expected)}`,
  ];
}

const NOT_PRINTABLE = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;

/** A scalar in double quotes: JSON's, but for what YAML does not take as it is. */
function quoted(text: string): string {
  const pairs = text.replace(/\p{Cs}/gu, "\ufffd"); // YAML has no escape for half a pair
  return JSON.stringify(pairs).replace(NOT_PRINTABLE, spelled);
}

function number(x: number): string {
  if (Number.isNaN(x)) return ".nan";
  if (!Number.isFinite(x)) return x > 0 ? ".inf" : "-.inf";
  return String(x);
}
