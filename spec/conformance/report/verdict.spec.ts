/** Counting, what fails a run, the badge. */
import { describe, expect, it } from "vitest";
import { badgeLine } from "../../../src/conformance/report/badge.ts";
import {
  counts,
  countsInWords,
  passed,
  STATUSES,
  verdictOf,
} from "../../../src/conformance/report/verdict.ts";
import type { Status } from "../../../src/conformance/run/result.ts";
import { report, result } from "../../support/reports.ts";

const all = STATUSES.map((status) => result({ id: `t1.x.${status}`, status }));

describe("counts", () => {
  it("has every status, also those that did not come", () => {
    expect(counts([])).toEqual(Object.fromEntries(STATUSES.map((status) => [status, 0])));
    expect(counts([...all, result()]).pass).toBe(2);
    expect(Object.values(counts(all))).toEqual(STATUSES.map(() => 1));
  });

  it("hides no status in words", () => {
    expect(countsInWords(counts(all))).toBe(
      "1 passed, 1 tie, 1 failed, 1 error, 1 done by fallback, 1 passed unexpectedly, " +
        "1 failed as expected, 1 unsupported, 1 skipped",
    );
    const many = Array.from({ length: 1200 }, () => all).flat();
    expect(countsInWords(counts(many))).toContain("1,200 passed, 1,200 ties, 1,200 failed");
    expect(countsInWords(counts([]))).toBe("none");
  });
});

describe("a run", () => {
  const BREAKING: readonly Status[] = ["fail", "error", "fallback", "xpass"];

  it.each(STATUSES)("with a result %s passes or not", (status) => {
    expect(passed([result(), result({ status })])).toBe(!BREAKING.includes(status));
  });

  it.each(STATUSES)("beyond Gemma 1 may fail, and may not be %s if that is worse", (status) => {
    const isBad = BREAKING.includes(status) && status !== "fail";
    expect(passed([result({ status, beyondGemma1: true })])).toBe(!isBad);
  });

  it("that tested nothing is not said to have passed", () => {
    expect(verdictOf([])).toBe("nothing was tested");
    const idle = [result({ status: "skip" }), result({ status: "unsupported" })];
    expect(verdictOf(idle)).toBe("nothing was tested");
    expect(verdictOf([...idle, result({ status: "tie" })])).toBe("passed");
    expect(verdictOf([...idle, result({ status: "error" })])).toBe("failed");
  });
});

describe("the badge", () => {
  it("counts what is right of what was asked, by tier", () => {
    const results = [
      result({ id: "t0.a", tier: "T0" }),
      result({ id: "t0.b", tier: "T0", status: "unsupported" }),
      result({ id: "t0.c", tier: "T0", status: "xfail" }),
      result({ id: "t1.a", tier: "T1", status: "tie" }),
      result({ id: "t1.b", tier: "T1" }),
      result({ id: "t1.c", tier: "T1", beyondGemma1: true, status: "fail" }),
      result({ id: "t1.d", tier: "T1", status: "skip" }),
      result({ id: "t4.a", tier: "T4", status: "skip" }),
    ];
    expect(badgeLine(report(results))).toBe(
      "gemma1-conf 2026.11 · float32 · ops 1/3 · nano 2/2 · ties 1",
    );
  });

  it("stays on its line", () => {
    const suite = { version: "1\n2\u001b[2J", digest: "" };
    expect(badgeLine(report([], { suite }))).toBe("gemma1-conf 1\\n2\\u001b[2J · float32 · ties 0");
  });
});
