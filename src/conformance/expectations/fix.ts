/**
 * The list of expected failures, brought up to date with a run: what `--fix` writes.
 * @module
 */

import { oneLine } from "../report/one-line.ts";
import { isRight } from "../report/verdict.ts";
import type { Result } from "../run/result.ts";
import { type Expectation, expectationOf, hasFailed, isAsListed } from "./expectations.ts";
import { matchesGlob } from "./glob.ts";

/** The reason of a line that a program has written. */
const UNKNOWN = "not looked into yet";

/**
 * `text` with the failures of `results` listed and what passes taken off. Comments, order and reasons stay:
 *
 * - A line stays as it is if it lists failures only, and their messages begin as it says.
 * - A line that also lists a vector that passes, or a failure with another message, becomes one line for each vector
 *   that fails, with its message.
 * - A line goes if all that it lists passes.
 * - A line whose vectors were not run, or are unsupported, stays.
 * - Failures that no line lists come at the end, but for those of shapes beyond Gemma 1, which fail no run.
 *
 * A message is kept up to its first measured number, which may differ from machine to machine.
 * @throws {FormatError} as parseExpectations.
 */
export function fixExpectations(
  text: string,
  results: readonly Result[],
  file = "expectations",
): string {
  const end = text.includes("\r\n") ? "\r\n" : "\n";
  const lines = text.split("\n").map((line) => line.replace(/\r$/, ""));
  const read = lines.map((line, i) => expectationOf(line, file, i + 1));
  const failed = results.filter(hasFailed);
  const owners = failed.map((result) => ownerOf(result, read));
  const fixed = lines.flatMap((line, i) => {
    const expectation = read[i];
    if (!expectation) return [line];
    const own = failed.filter((_, f) => owners[f] === expectation);
    const hasPassed = results.some(
      (result) =>
        (isRight(result) || result.status === "xpass") && matchesGlob(expectation.glob, result.id),
    );
    const isTrue = !hasPassed && own.every((result) => isAsListed(result, expectation));
    return isTrue ? [line] : own.map((result) => lineOf(result, expectation));
  });
  while (fixed.at(-1) === "") fixed.pop();
  const added = failed
    .filter(({ beyondGemma1 }, f) => owners[f] === undefined && !beyondGemma1)
    .map((result) => lineOf(result));
  return [...fixed, ...added].map((line) => line + end).join("");
}

/** The line that lists a failure: the first whose message fits, else the first with its id. */
function ownerOf(
  result: Result,
  expectations: readonly (Expectation | undefined)[],
): Expectation | undefined {
  const listing = expectations.filter((one) => one && matchesGlob(one.glob, result.id));
  return listing.find((one) => one && isAsListed(result, one)) ?? listing[0];
}

/** A line for one failure; of the line that listed it the reason stays, and the message if it fits. */
function lineOf(result: Result, listed?: Expectation): string {
  const { message = "" } = result;
  const isKept = listed && listed.message !== "" && isAsListed(result, listed);
  const beginning = isKept ? listed.message : untilNumber(oneLine(message).trim());
  const glob = result.id.replace(/[\s#\ufeff]|^\//g, "?"); // what a line cannot say
  return `${glob} # ${listed?.reason ?? UNKNOWN}${beginning === "" ? "" : ` # ${beginning}`}`;
}

/** Shorter beginnings say too little. */
const LEAST = 4;

/** The text before its first number that is a word of its own; of `blocks.0` the 0 is part of a name. */
function untilNumber(message: string): string {
  const at = message.search(/(?<=^|[\s[(])[-+]?\.?\d/);
  const beginning = message.slice(0, at < 0 ? undefined : at);
  // `[` before a number is part of it.
  const shown = beginning.replace(/[\s[(]+$/, "");
  return shown.length < LEAST ? message : shown;
}
