/**
 * Results, counted, and whether a run passed.
 * @module
 */
import { breaksRun, isWrong, type Result, type Status, type Tier } from "../run/result.ts";

export { breaksRun, isWrong };

/** How many results there are of each status. */
export type Counts = Readonly<Record<Status, number>>;

/** Of each status how its count is read, one and more, in the order in which reports say them. */
const WORDS: Readonly<Record<Status, readonly [one: string, more: string]>> = {
  pass: ["passed", "passed"],
  tie: ["tie", "ties"],
  fail: ["failed", "failed"],
  error: ["error", "errors"],
  fallback: ["done by fallback", "done by fallback"],
  xpass: ["passed unexpectedly", "passed unexpectedly"],
  xfail: ["failed as expected", "failed as expected"],
  unsupported: ["unsupported", "unsupported"],
  skip: ["skipped", "skipped"],
};

/** Every status, those first that say the most. */
export const STATUSES: readonly Status[] = Object.keys(WORDS) as Status[];

/** What the tiers are called: in words, and in a badge. */
export const TIER_NAMES: Readonly<Record<Tier, readonly [title: string, short: string]>> = {
  T0: ["operators", "ops"],
  T1: ["nano models", "nano"],
  T2: ["invariants", "invariants"],
  T3: ["tokenizer and chat", "text"],
  T4: ["real weights", "real"],
};

/** Counts `results` by status. */
export function counts(results: readonly Result[]): Counts {
  const found = Object.fromEntries(STATUSES.map((status) => [status, 0])) as Record<Status, number>;
  for (const { status } of results) found[status]++;
  return found;
}

/** `29 passed, 1 failed`; of nothing `none`. */
export function countsInWords(counted: Counts): string {
  const said = STATUSES.filter((status) => counted[status] > 0).map((status) => {
    const count = counted[status];
    return `${count.toLocaleString("en-US")} ${WORDS[status][count === 1 ? 0 : 1]}`;
  });
  return said.join(", ") || "none";
}

/** Whether a result shows that the testee is right. */
export function isRight({ status }: Result): boolean {
  return status === "pass" || status === "tie";
}

/** Whether no result fails the run. That is also so of a run without results: see {@link verdictOf}. */
export function passed(results: readonly Result[]): boolean {
  return !results.some(breaksRun);
}

/** The verdict in words: a run that judged nothing has not passed, whatever did not fail. */
export function verdictOf(results: readonly Result[]): "passed" | "failed" | "nothing was tested" {
  if (!passed(results)) return "failed";
  const isEmpty = results.every(({ status }) => status === "skip" || status === "unsupported");
  return isEmpty ? "nothing was tested" : "passed";
}
