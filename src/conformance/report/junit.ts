/**
 * JUnit's XML, as Jenkins, GitLab and GitHub's actions read it: a suite for each tier, a case for each vector.
 *
 * Their readers know passed, failed, in error and skipped. So a failure that is expected or beyond Gemma 1 is
 * skipped there, with its message; an unexpected pass and a fallback are failures; the words of a tie are output.
 * @module
 */
import { type Report, type Result, type TapResult, TIERS } from "../run/result.ts";
import { badgeLine } from "./badge.ts";
import { figure, isOff, place, tapTitle, times } from "./figures.ts";
import { type Markup, markup } from "./markup.ts";
import { reasonOf } from "./reason.ts";
import { breaksRun, isRight, TIER_NAMES } from "./verdict.ts";

/** The XML document. */
export function junitXml(report: Report): string {
  const { suite, results, seconds } = report;
  const suites = TIERS.flatMap((tier) => {
    const own = results.filter((result) => result.tier === tier);
    return own.length === 0 ? [] : [suiteOf(`${tier} ${TIER_NAMES[tier][0]}`, own, report)];
  });
  const document = markup`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="gemma1-conf ${suite.version}" ${totals(results)} time="${time(seconds)}">
${suites}
</testsuites>
`;
  return document.text;
}

function totals(results: readonly Result[]): Markup {
  const kinds = results.map(kindOf);
  const count = (kind: string) => kinds.filter((one) => one === kind).length;
  return markup`tests="${results.length}" failures="${count("failure")}" errors="${count("error")}"`;
}

function suiteOf(name: string, results: readonly Result[], report: Report): Markup {
  const seconds = results.reduce((sum, result) => sum + result.seconds, 0);
  const properties = propertiesOf(report).map(
    ([property, value]) => markup`<property name="${property}" value="${value}"/>`,
  );
  const said = results.some(breaksRun) ? report.diagnosis?.text : undefined;
  const output = said === undefined ? [] : [markup`<system-out>${said}</system-out>`];
  // Jenkins's schema has no such count of the whole document.
  const skipped = results.filter((result) => kindOf(result) === "skipped").length;
  return markup`<testsuite name="${name}" ${totals(results)} skipped="${skipped}" time="${time(seconds)}">
<properties>
${properties}
</properties>
${[...results.map(caseOf), ...output]}
</testsuite>`;
}

function propertiesOf(report: Report): (readonly [name: string, value: string])[] {
  const { suite, testee, accuracy, environment } = report;
  return [
    ["suite.version", suite.version],
    ["suite.digest", suite.digest],
    ...Object.entries(testee).map(([name, value]) => [`testee.${name}`, String(value)] as const),
    ["accuracy", accuracy],
    ["badge", badgeLine(report)],
    ...Object.entries(environment),
  ];
}

function caseOf(result: Result): Markup {
  const { id, tier, seconds, note } = result;
  const group = [tier, ...id.split(".").slice(1, -1)].join(".");
  const said = [note, isRight(result) ? reasonOf(result) : ""].filter(Boolean).join("\n");
  const parts = [...outcome(result), markup`<system-out>${said}</system-out>`];
  return markup`<testcase classname="${group}" name="${id}" time="${time(seconds)}">
${parts}
</testcase>`;
}

/** What JUnit calls it. */
function kindOf(result: Result): "passed" | "failure" | "error" | "skipped" {
  if (isRight(result)) return "passed";
  if (!breaksRun(result)) return "skipped";
  return result.status === "error" ? "error" : "failure";
}

function outcome(result: Result): Markup[] {
  const kind = kindOf(result);
  const reason = reasonOf(result);
  const said = result.status === "fail" ? reason : `${result.status}: ${reason}`;
  const body = [said, ...details(result.taps)].join("\n");
  switch (kind) {
    case "passed":
      return [];
    case "skipped":
      return [markup`<skipped message="${said}"/>`];
    case "error":
      return [markup`<error message="${said}" type="${result.status}">${body}</error>`];
    case "failure":
      return [markup`<failure message="${said}" type="${result.status}">${body}</failure>`];
  }
}

/** Most outputs that are listed. */
const MOST = 50;

function details(taps: readonly TapResult[]): string[] {
  const off = taps.filter(isOff);
  const lines = off.slice(0, MOST).map((tap) => {
    if (tap.misshapen !== undefined) return `${tapTitle(tap)}: ${tap.misshapen}`;
    const numbers = `nrmse ${figure(tap.nrmse)}, max ${figure(tap.max)}`;
    const there = `at ${place(tap.at)} ${figure(tap.got)}, expected ${figure(tap.expected)}`;
    return `${tapTitle(tap)}: ${times(tap.over)} over its budget, ${numbers}, ${there}`;
  });
  return off.length > MOST ? [...lines, `and ${off.length - MOST} more`] : lines;
}

function time(seconds: number): string {
  return (Number.isFinite(seconds) ? seconds : 0).toFixed(3);
}
