/** Expected failures. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  applyExpectations,
  parseExpectations,
} from "../../../src/conformance/expectations/expectations.ts";
import { fixExpectations } from "../../../src/conformance/expectations/fix.ts";
import { isWrong, passed, STATUSES } from "../../../src/conformance/report/verdict.ts";
import type { Result } from "../../../src/conformance/run/result.ts";
import { FormatError } from "../../../src/errors.ts";
import { anyText, result } from "../../support/reports.ts";
import { thrownBy } from "../../support/thrown-by.ts";

const FILE = "known.txt";
const fail = (id: string, message: string, change: Partial<Result> = {}) =>
  result({ id, status: "fail", message, ...change });
const pass = (id: string) => result({ id });
const applied = (text: string, ...results: Result[]) =>
  applyExpectations(results, parseExpectations(text, FILE));
const statuses = (text: string, ...results: Result[]) =>
  applied(text, ...results).results.map(({ status }) => status);

describe("an expectations file", () => {
  it("has an id or a pattern, a reason and the beginning of a message", () => {
    const text = [
      "\ufeff// known",
      "",
      "t1.mqa.taps # the driver # logits is # off",
      "  t0.*#no ops\t",
      "  // indented",
    ].join("\r\n");
    expect(parseExpectations(text, FILE)).toEqual([
      {
        at: "known.txt:3",
        line: 3,
        glob: "t1.mqa.taps",
        reason: "the driver",
        message: "logits is # off",
      },
      { at: "known.txt:4", line: 4, glob: "t0.*", reason: "no ops", message: "" },
    ]);
  });

  it.each([
    ["t1.mqa.taps", "say why it fails"],
    ["t1.mqa.taps # # logits", "say why it fails"],
    ["# a comment of another language", "an id has no spaces"],
    ["two ids # why", "an id has no spaces"],
  ])("with the line %s is refused", (line, hint) => {
    const error = thrownBy(() => parseExpectations(`// x\n${line}`, FILE));
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toBe(
      `parseExpectations: known.txt, line 2 expected id-glob # reason # beginning of the message, got ${JSON.stringify(line)}; ${hint}`,
    );
  });
});

describe("under expectations", () => {
  it("a failure that is listed is expected, with its line and reason", () => {
    const { results, notes } = applied(
      "t1.a # slow # logits is",
      fail("t1.a", "logits is 3 × over"),
    );
    expect(results).toEqual([
      fail("t1.a", "logits is 3 × over", {
        status: "xfail",
        listed: { at: "known.txt:1", reason: "slow", message: "logits is" },
      }),
    ]);
    expect(notes).toEqual([]);
  });

  it("a failure with another message still fails, and says so", () => {
    const { results } = applied("t1.a # slow # logits is", fail("t1.a", "crash"));
    expect(results[0]).toMatchObject({ status: "fail", listed: { message: "logits is" } });
    expect(passed(results)).toBe(false);
  });

  it("a pass that is listed fails the run", () => {
    const { results } = applied("t1.* # slow", pass("t1.a"), fail("t1.b", "x"));
    expect(results.map(({ status }) => status)).toEqual(["xpass", "xfail"]);
    expect(passed(results)).toBe(false);
  });

  it.each(STATUSES)("%s becomes what it should", (status) => {
    const expected = {
      fail: "xfail",
      error: "xfail",
      fallback: "xfail",
      pass: "xpass",
      tie: "xpass",
    };
    const [found] = statuses("* # all", result({ status }));
    expect(found).toBe((expected as Record<string, string>)[status] ?? status);
  });

  it("the line counts whose message fits, of several", () => {
    const text = "t1.* # first # other\nt1.a # second # logits\nt1.a # third";
    const { results } = applied(text, fail("t1.a", "logits is off"));
    expect(results[0].listed?.at).toBe("known.txt:2");
    expect(results[0].status).toBe("xfail");
  });

  it("a line that matches nothing is said, and fails nothing", () => {
    const { results, notes } = applied("t9.* # gone\nt1.a # slow", fail("t1.a", "x"));
    expect(notes).toEqual(["known.txt:1: t9.* matches no vector of this run"]);
    expect(passed(results)).toBe(true);
  });

  it("control characters of a message are compared as they are written down", () => {
    expect(statuses("t1.a # slow # a\\nb", fail("t1.a", " a\nb and more"))).toEqual(["xfail"]);
  });
});

describe("the fixed file", () => {
  const fixed = (text: string, ...results: Result[]) => fixExpectations(text, results, FILE);

  it("keeps comments, order, reasons and what is still true", () => {
    const text = "// known\n\nt1.b # slow # logits\n\n// cache\nt1.a # why\n";
    expect(fixed(text, fail("t1.a", "x"), fail("t1.b", "logits is off"))).toBe(text);
  });

  it("adds failures with their messages up to the first measured number", () => {
    const text = fixed(
      "// known\n",
      fail("t1.a", "blocks.0.attn.hook_q is 4.7e5 × over its budget: [1, 2] is 3"),
      fail("t1.b", "ids [3, 4] of a text are wrong"),
      fail("t1.b2", "out is 12 × over its budget"),
      fail("t1.c", "12 of 13"),
      fail("t1.d", "the process ended\nwith signal SIGSEGV"),
      result({ id: "t1.e", status: "error" }),
      fail("t1.f", "x", { beyondGemma1: true }),
      pass("t1.g"),
    );
    expect(text).toBe(`\
// known
t1.a # not looked into yet # blocks.0.attn.hook_q is
t1.b # not looked into yet # ids [3, 4] of a text are wrong
t1.b2 # not looked into yet # out is
t1.c # not looked into yet # 12 of 13
t1.d # not looked into yet # the process ended\\nwith signal SIGSEGV
t1.e # not looked into yet
`);
  });

  it("takes off what passes", () => {
    expect(fixed("// x\nt1.a # slow\nt1.b # why\n", pass("t1.a"), fail("t1.b", "y"))).toBe(
      "// x\nt1.b # why\n",
    );
  });

  it("puts in the place of a pattern those that still fail", () => {
    const results = [pass("t1.a"), fail("t1.b", "logits is off"), fail("t1.c", "crashed badly")];
    expect(fixed("t1.* # slow # logits\n// end\n", ...results)).toBe(
      "t1.b # slow # logits\nt1.c # slow # crashed badly\n// end\n",
    );
  });

  it("keeps a line beside another one for the same vector that fits", () => {
    const text = "t1.a # first # crashed\nt1.a # second # logits\n";
    expect(fixed(text, fail("t1.a", "logits is off"))).toBe(text);
  });

  it("brings messages up to date", () => {
    expect(fixed("t1.a # slow # logits\n", fail("t1.a", "crashed badly"))).toBe(
      "t1.a # slow # crashed badly\n",
    );
  });

  it("leaves alone what was not run", () => {
    const text = "t4.* # no weights here\nt1.a # no such kernel\n";
    expect(fixed(text, result({ id: "t1.a", status: "unsupported" }))).toBe(text);
    expect(fixed(text)).toBe(text);
  });

  it("takes results under expectations, too", () => {
    const text = "t1.a # slow # logits\nt1.b # why\n";
    const results = [fail("t1.a", "logits is off"), pass("t1.b")];
    const { results: under } = applied(text, ...results);
    expect(fixed(text, ...under)).toBe(fixed(text, ...results));
  });

  it("keeps the file's way to end lines", () => {
    expect(fixed("// x\r\n", fail("t1.a", "it is off"))).toBe(
      "// x\r\nt1.a # not looked into yet # it is off\r\n",
    );
  });

  it("makes the same run pass, and stays as it is from then on (fuzz)", () => {
    // Ids of the suite; a pattern may list any of them.
    const id = fc.constantFrom("t0.a", "t0.b", "t1.a", "t1.b", "t1.c");
    const message = fc.oneof(anyText, fc.constantFrom("logits is 3 × over", "logits is 4 × over"));
    const one = fc.record(
      { id, status: fc.constantFrom(...STATUSES), message },
      { requiredKeys: ["id", "status"] },
    );
    const results = fc
      .uniqueArray(one, { selector: ({ id }) => id })
      .map((list) => list.map((change) => result(change)));
    const line = fc.constantFrom(
      ...[
        "",
        "// why",
        "t0.a # r",
        "t0.* # r # logits is",
        "t1.* # r",
        "*.a # r # x",
        "t1.c # r # y",
      ],
    );
    const text = fc.array(line, { maxLength: 5 }).map((lines) => lines.join("\n"));
    fc.assert(
      fc.property(text, results, (before, run) => {
        const judged = run.filter(({ status }) => status !== "xfail" && status !== "xpass");
        const after = fixExpectations(before, judged, FILE);
        const under = applyExpectations(judged, parseExpectations(after, FILE)).results;
        expect(under.filter(isWrong)).toEqual([]);
        expect(fixExpectations(after, judged, FILE)).toBe(after);
      }),
      { numRuns: 300 },
    );
  });

  it("can be read again whatever the ids and messages are (fuzz)", () => {
    const some = fc.array(fc.record({ id: anyText.filter((id) => id !== ""), message: anyText }), {
      maxLength: 5,
    });
    fc.assert(
      fc.property(some, (failures) => {
        const results = failures.map(({ id, message }) => fail(id, message));
        const text = fixExpectations("", results, FILE);
        const under = applyExpectations(results, parseExpectations(text, FILE)).results;
        expect(under.filter(isWrong)).toEqual([]);
      }),
    );
  });

  it("takes ten thousand failures", () => {
    const results = Array.from({ length: 10_000 }, (_, i) => fail(`t1.x.${i}`, "logits is off"));
    const text = fixExpectations("", results, FILE);
    expect(text.match(/\n/g)).toHaveLength(10_000);
    expect(fixExpectations(`t1.* # all\n`, results, FILE)).toBe("t1.* # all\n");
  });
});
