/** The summary for a terminal. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { summary } from "../../../src/conformance/report/summary.ts";
import { anyReport, HOSTILE, OBEYED, report, result } from "../../support/reports.ts";

const failing = report(
  [
    result({ id: "t0.rope.first", tier: "T0" }),
    result({ id: "t1.mqa.one" }),
    result({ status: "fail", message: "attn.hook_rot_q is 470 × over its budget: 1, expected 2" }),
    result({ id: "t1.mqa.rewind", status: "error", message: "the process ended" }),
    result({ id: "t1.gqa.taps", status: "fail", beyondGemma1: true, message: "logits is off" }),
    result({ id: "t1.mqa.long", status: "xfail", message: "off", listed: listed("slow") }),
    result({ id: "t1.mha.long", status: "xpass", listed: listed("old") }),
    result({ id: "t1.mha.one", status: "fail", message: "new", listed: listed("slow") }),
    result({ id: "t4.2b.greedy", tier: "T4", status: "skip", message: "no weights" }),
    result({ id: "t4.2b.chat", tier: "T4", status: "skip", message: "no weights" }),
  ],
  {
    diagnosis: {
      isolated: [],
      named: [],
      complete: false,
      text: "None of the known bugs explains this. The first output that is off is logits.",
    },
  },
);

function listed(reason: string) {
  return { at: "known.txt:3", reason, message: "off" };
}

describe("the summary", () => {
  it("says counts, failures, what was not done, the diagnosis, the verdict", () => {
    expect(summary(failing, { columns: 72 })).toBe(`\
my-engine 0.4.1, held against suite 2026.11 (484716fe3316)

T0 operators     1 passed
T1 nano models   1 passed, 2 failed, 1 error, 1 passed unexpectedly, 1 failed as expected; beyond Gemma 1: 1 failed
T4 real weights  2 skipped

✗ t1.mqa.taps            attn.hook_rot_q is 470 × over its budget: 1,
                         expected 2
✗ t1.mqa.rewind (error)  the process ended
- t1.gqa.taps            beyond Gemma 1: logits is off
✗ t1.mha.long (xpass)    passes, though known.txt:3 says that it fails;
                         take it off the list
✗ t1.mha.one             new (known.txt:3 expects it to fail otherwise:
                         off)

- 1 failed as expected: slow: off (t1.mqa.long)
- 2 skipped: no weights (t4.2b.greedy, t4.2b.chat)

None of the known bugs explains this. The first output that is off is
logits.

failed · gemma1-conf 2026.11 · float32 · ops 1/1 · nano 1/6 · ties 0
`);
  });

  it("is short for a run that passed", () => {
    expect(summary(report([result()])).split("\n")).toEqual([
      "my-engine 0.4.1, held against suite 2026.11 (484716fe3316)",
      "",
      "T1 nano models  1 passed",
      "",
      "passed · gemma1-conf 2026.11 · float32 · nano 1/1 · ties 0",
      "",
    ]);
  });

  it("paints what is good, bad and beside the point", () => {
    const mark = (sign: string) => (text: string) => `${sign}${text}${sign}`;
    const paint = { good: mark("+"), bad: mark("!"), faint: mark("~") };
    const text = summary(failing, { paint });
    expect(text).toContain("!✗ t1.mqa.rewind (error)!  the process ended");
    expect(text).toContain("~- t1.gqa.taps          ~  beyond");
    expect(text).toContain("~- 2 skipped: no weights (t4.2b.greedy, t4.2b.chat)~");
    expect(text).toContain("!failed! · gemma1-conf");
    expect(summary(report([result()]), { paint })).toContain("+passed+ · gemma1-conf");
    expect(summary(report([]), { paint })).toContain("~nothing was tested~ · gemma1-conf");
  });

  it("lists so many failures and counts the others, of ten thousand", () => {
    const results = Array.from({ length: 10_000 }, (_, i) =>
      result({ id: `t1.x.${i}`, status: "fail", message: "off" }),
    );
    const lines = summary(report(results)).split("\n");
    expect(lines.filter((line) => line.startsWith("✗"))).toHaveLength(20);
    expect(lines).toContain("  and 9,980 more");
    expect(lines).toContain("T1 nano models  10,000 failed");
    const three = summary(report(results), { mostFailures: 3 });
    expect(three.match(/^✗/gm)).toHaveLength(3);
  });

  it("obeys no foreign text", () => {
    const hostile = HOSTILE.map((text) =>
      result({ id: text, note: text, status: "fail", message: text }),
    );
    for (const text of HOSTILE) {
      const said = summary(report(hostile, { testee: { name: text, version: text } }));
      expect(said).not.toMatch(OBEYED);
      expect(said).not.toMatch(/^not ok/m);
    }
  });

  it("takes any report (fuzz)", () => {
    fc.assert(
      fc.property(anyReport, (any) => {
        const said = summary(any);
        expect(said).not.toMatch(OBEYED);
        expect(said.split("\n").at(-2)).toMatch(
          /^(passed|failed|nothing was tested) · gemma1-conf /,
        );
      }),
    );
  });

  it("refuses options that it does not know", () => {
    expect(() => summary(failing, { width: 80 } as never)).toThrow(/"width"/);
  });
});
