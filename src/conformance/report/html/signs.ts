/**
 * Statuses as signs and words of the page.
 * @module
 */
import type { Result, Status } from "../../run/result.ts";
import { isRight, isWrong } from "../verdict.ts";

/** A sign of one character for each status, and what it means. */
export const SIGNS: Readonly<Record<Status, readonly [sign: string, meaning: string]>> = {
  pass: ["✓", "within the budget"],
  tie: ["≈", "another token than expected, within the noise of the class"],
  fail: ["✗", "over the budget"],
  error: ["!", "something else than numbers: a crash, silence, a wrong shape"],
  fallback: ["↩", "computed by the reference instead, which does not count"],
  xpass: ["⚑", "passes, though it is listed as a failure: the list is out of date"],
  xfail: ["x", "fails, as the list of expectations says"],
  unsupported: ["–", "the testee says that it does not do this"],
  skip: ["○", "not run, for a reason of ours"],
};

/** How a result is coloured: right, wrong, or neither. */
export function toneOf(result: Result): "good" | "bad" | "quiet" {
  if (isRight(result)) return "good";
  return isWrong(result) ? "bad" : "quiet";
}

/** Vectors of one kind or model: the second part of their ids. */
export interface Group {
  readonly title: string;
  readonly results: readonly Result[];
}

/** `results` by the second part of their ids, in the order in which these come first. */
export function groupsOf(results: readonly Result[]): Group[] {
  const groups = new Map<string, Result[]>();
  for (const result of results) {
    const [, title = ""] = result.id.split(".");
    const group = groups.get(title);
    if (group) group.push(result);
    else groups.set(title, [result]);
  }
  return [...groups].map(([title, own]) => ({ title, results: own }));
}

/** The rest of an id, behind its group: `taps` of `t1.mqa.taps`. */
export function caseName(id: string): string {
  return id.split(".").slice(2).join(".") || id;
}
