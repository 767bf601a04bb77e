/**
 * Expected failures, in a text file that is kept beside the engine:
 *
 *     // what we know of, and cannot help yet
 *     t0.geglu.large # tanh of the driver overflows # out is not finite
 *     t1.gqa.*       # no grouped heads
 *
 * A line is an id or a pattern of ids (`*`, `?`), the reason, and what the message begins with (anything, if that is
 * left out). Empty lines and lines that begin with `//` are for people.
 *
 * A failure that is listed does not fail the run; one with another message does, and so does a vector that is listed
 * and passes: a list that is longer than the truth hides the next bug.
 * @module
 */
import { brief } from "../../brief.ts";
import { refusals } from "../../errors.ts";
import { oneLine } from "../report/one-line.ts";
import { isRight } from "../report/verdict.ts";
import type { Listed, Result, Status } from "../run/result.ts";
import { matchesGlob } from "./glob.ts";

/** A line that expects failures. */
export interface Expectation extends Listed {
  /** An id, or a pattern of ids. */
  readonly glob: string;
  /** Its line, from 1. */
  readonly line: number;
}

/** The results under the expectations. */
export interface Applied {
  readonly results: Result[];
  /** What is odd about the list and does not fail the run, a sentence each. */
  readonly notes: string[];
}

/**
 * Reads expectations.
 * @param file what messages call it.
 * @throws {FormatError} naming the line, if it has no reason or its pattern has a space.
 */
export function parseExpectations(text: string, file: string): Expectation[] {
  return text.split("\n").flatMap((line, i) => expectationOf(line, file, i + 1) ?? []);
}

/** The expectation on a line; undefined if there is none. */
export function expectationOf(text: string, file: string, line: number): Expectation | undefined {
  const content = text.replace(/^\ufeff/, "").trim();
  if (content === "" || content.startsWith("//")) return undefined;
  const [glob, reason, ...rest] = content.split("#");
  const entry = {
    ...{ at: `${file}:${line}`, line, glob: glob.trim() },
    reason: (reason ?? "").trim(),
    message: rest.join("#").trim(),
  };
  if (/^\S+$/.test(entry.glob) && entry.reason !== "") return entry;
  const hint = entry.reason === "" ? "say why it fails" : "an id has no spaces";
  const expected = "id-glob # reason # beginning of the message";
  throw refusals("parseExpectations", `${file}, line ${line}`).format(
    undefined,
    expected,
    brief(content),
    hint,
  );
}

/** What may be expected. */
const FAILED: readonly Status[] = ["fail", "error", "fallback"];

/** Whether it failed, expectedly or not. */
export function hasFailed({ status }: Result): boolean {
  return FAILED.includes(status) || status === "xfail";
}

/** Whether the message of a result begins as `expectation` says. */
export function isAsListed({ message = "" }: Result, expectation: Listed): boolean {
  return oneLine(message).trim().startsWith(expectation.message);
}

/**
 * Makes failures that are listed `xfail`, and passes that are listed `xpass`. Where several lines list a vector, the
 * first whose message fits counts. Vectors that were not run, or are unsupported, stay as they are.
 */
export function applyExpectations(
  results: readonly Result[],
  expectations: readonly Expectation[],
): Applied {
  const used = new Set<Expectation>();
  const applied = results.map((result): Result => {
    const listing = expectations.filter(({ glob }) => matchesGlob(glob, result.id));
    for (const one of listing) used.add(one);
    if (listing.length === 0) return result;
    const fitting = listing.find((one) => isAsListed(result, one));
    const { at, reason, message } = fitting ?? listing[0];
    const listed = { at, reason, message };
    if (FAILED.includes(result.status)) {
      return { ...result, status: fitting ? "xfail" : result.status, listed };
    }
    return isRight(result) ? { ...result, status: "xpass", listed } : result;
  });
  const notes = expectations
    .filter((one) => !used.has(one))
    .map(({ at, glob }) => `${at}: ${glob} matches no vector of this run`);
  return { results: applied, notes };
}
